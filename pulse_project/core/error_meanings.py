"""What each error code means and what a caller does about it. Read by docs/errors.md; a test holds it complete."""

from collections.abc import Mapping

from pulse_project.core.errors import Code

MEANINGS: Mapping[Code, str] = {
    Code.WORKSPACE_REQUIRED: "The call needs a workspace and names none. Send `project_root` or `workspace_id`.",
    Code.WORKSPACE_UNRESOLVED: "The path is no folder that this server may use. Send the absolute path of the project.",
    Code.WORKSPACE_MISMATCH: "The thing belongs to another workspace than the one named.",
    Code.VALIDATION_ERROR: "An argument is missing, unknown, of the wrong type or out of range; "
    "`details.problems` lists all.",
    Code.NOT_FOUND: "It does not exist, or not for this caller.",
    Code.NOT_OWNER: "Somebody else owns it, or the credentials name another agent.",
    Code.INVALID_TRANSITION: "The present state does not allow that step.",
    Code.INVALID_STREAM: "No such event stream.",
    Code.HANDOFF_ALREADY_CLAIMED: "Another agent holds the handoff, or it has ended.",
    Code.NOT_ELIGIBLE_TO_CLAIM: "The handoff's target does not include this agent.",
    Code.CONTENT_TOO_LARGE: "The content or the body is larger than allowed. Store it as a file and refer to it.",
    Code.PATH_OUTSIDE_WORKSPACE: "The path leads out of the workspace.",
    Code.CONFIG_ERROR: "The configuration is invalid; nothing was started.",
    Code.MIGRATION_ERROR: "The store could not be brought to this version; nothing is served.",
    Code.DB_ERROR: "The store did not answer. With `details.retryable` the same call may be repeated after a pause; "
    "`details.outcome` = `unknown` means that the write may have happened: repeat it with its idempotency key.",
    Code.RENDER_ERROR: "The page could not be written to disk.",
    Code.MIGRATED: "The tool was replaced; `details.replacements` names the calls to use.",
    Code.INTERNAL_ERROR: "A fault of the server. Its log has the cause.",
    Code.PERMISSION_DENIED: "The identity lacks a permission, named in `details.required_permission`; "
    "`details.readonly` when the key or address only reads.",
    Code.RATE_LIMITED: "Too many calls. Wait `details.retry_after_seconds`.",
    Code.VERSION_CONFLICT: "Somebody changed it first. Read, decide again, send the new `expected_version`.",
    Code.IDEMPOTENCY_CONFLICT: "That idempotency key was used with other arguments.",
    Code.AUTH_REQUIRED: "The call needs a key or a login, or the key is no longer valid.",
    Code.AUTH_FAILED: "The key that was sent is unknown, expired, rotated or revoked.",
    Code.CONFLICT: "It exists already, or something still depends on it.",
    Code.INVALID_PARAM: "A parameter of the address is invalid.",
    Code.INVALID_SETTING: "No such setting, a value out of range, or one that the command line or environment holds.",
    Code.INTERNAL: "A fault of the server. Its log has the cause.",
    Code.GATE_BLOCKED: "A condition of that step is unmet. `details.unmet` lists each one with the call that meets it.",
    Code.DUPLICATE: "It is there already.",
    Code.DEPENDENCY_CYCLE: "The cards would wait for each other; `details.cycle` names them in order.",
    Code.LIMIT_EXCEEDED: "More than the limit in `details.limit` allows.",
    Code.SOURCE_NOT_ALLOWED: "Pulse opens no paths and addresses for a caller. Send the content itself.",
}
