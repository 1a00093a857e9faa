#!/usr/bin/env bash
# Install the wheel of dist/ into an empty environment, start it with an empty home and ask it for a sign of life.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
python="${PYTHON:-$root/.venv/bin/python}"
folder="$(mktemp -d)"
server=""
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

"$python" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$root/requirements.lock"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "$root"/dist/*.whl

port="$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
mkdir "$folder/home"
cd "$folder"
clean=(env -i HOME="$folder/home" PATH=/usr/bin:/bin LANG=C.UTF-8)
"${clean[@]}" "$folder/venv/bin/pulse" version
"${clean[@]}" "$folder/venv/bin/pulse" serve --port "$port" 2>"$folder/log" &
server=$!

ask() { "$python" - "$@" <<'PYTHON'
import sys, urllib.error, urllib.request
method, url = sys.argv[1:]
body = b"{}" if method == "POST" else None
request = urllib.request.Request(url, data=body, method=method, headers={"Content-Type": "application/json"})
try:
    print(urllib.request.urlopen(request, timeout=5).status)
except urllib.error.HTTPError as error:
    print(error.code)
except OSError:
    print(0)
PYTHON
}

for _ in $(seq 100); do
  kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
  [ "$(ask GET "http://127.0.0.1:$port/livez")" = 200 ] && break
  sleep 0.2
done

check() {  # check <expected> <method> <path>
  local got
  got="$(ask "$2" "http://127.0.0.1:$port$3")"
  if [ "$got" != "$1" ]; then
    echo "$2 $3 answered $got instead of $1" >&2
    cat "$folder/log" >&2
    exit 1
  fi
  echo "$2 $3: $got"
}
check 200 GET /livez
check 200 GET /readyz
check 401 POST /mcp
check 200 GET /login/
check 200 GET /static/app/tokens.css
kill -TERM "$server"
wait "$server"
server=""
echo "the wheel starts, answers and stops"
