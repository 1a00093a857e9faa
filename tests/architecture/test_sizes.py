"""Files and functions stay small: a hard limit for each, and a lower one that 95 of 100 keep."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("pulse_project", "boards", "specs", "nexus", "telemetry")
EVERYTHING = (*PRODUCT, "tests", "scripts")
FILE_LIMIT, FILE_P95 = 400, 250
FUNCTION_LIMIT, FUNCTION_P95 = 60, 30


def _files(folders):
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in paths if "migrations" not in path.parts)


def _file_lengths(folders):
    return {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in _files(folders)}


def _function_lengths(folders):
    lengths = {}
    for path in _files(folders):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lengths[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = node.end_lineno - node.lineno + 1
    return lengths


def _over(lengths, limit):
    return {name: length for name, length in lengths.items() if length > limit}


@pytest.mark.parametrize("folders", [EVERYTHING])
def test_no_file_is_longer_than_the_limit(folders):
    assert _over(_file_lengths(folders), FILE_LIMIT) == {}


def test_no_function_is_longer_than_the_limit():
    assert _over(_function_lengths(EVERYTHING), FUNCTION_LIMIT) == {}


def test_nearly_all_product_files_are_short():
    lengths = _file_lengths(PRODUCT)
    assert len(_over(lengths, FILE_P95)) <= len(lengths) * 0.05, _over(lengths, FILE_P95)


def test_nearly_all_product_functions_are_short():
    lengths = _function_lengths(PRODUCT)
    assert len(_over(lengths, FUNCTION_P95)) <= len(lengths) * 0.05, _over(lengths, FUNCTION_P95)
