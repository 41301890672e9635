"""Runs a notebook on the Deno kernel and prints, as JSON, what each of its code cells printed.

notebooks.mjs calls it. Debian has what it needs in python3-jupyter-client and python3-nbformat.
"""

import json
import os
import sys

import nbformat
from jupyter_client.manager import start_new_kernel

PATIENCE = 120  # seconds without a message, after which the kernel is given up

# Deno says that a cell is done before it has sent all that the cell printed. What is printed after it takes the same
# way, so once this arrives, everything before it has.
MARK = "--- the cell has printed everything ---"
PRINT_MARK = f"await new Promise((resolve) => setTimeout(resolve)); console.log({json.dumps(MARK)});"


def run_cell(client, source):
    """Returns what a cell printed and which run of the kernel it was."""
    request = client.execute(source)
    outputs, count = [], None
    while True:
        message = client.get_iopub_msg(timeout=PATIENCE)
        kind, content = message["msg_type"], message["content"]
        own = message["parent_header"].get("msg_id") == request
        if kind == "execute_input" and own:
            count = content["execution_count"]
        elif kind == "status" and own and content["execution_state"] == "idle":
            client.execute(PRINT_MARK, store_history=False)
        elif kind == "stream" and MARK in content["text"]:
            content["text"] = content["text"].split(MARK)[0]
            if content["text"]:
                outputs.append(nbformat.v4.output_from_msg(message))
            return {"execution_count": count, "outputs": outputs}
        elif kind in ("stream", "execute_result", "display_data", "error"):
            outputs.append(nbformat.v4.output_from_msg(message))


def run_notebook(path):
    """Runs the code cells in their order and stops after one that throws."""
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    manager, client = start_new_kernel(
        kernel_name=notebook.metadata.kernelspec.name, cwd=os.path.dirname(path), stderr=sys.stderr
    )
    try:
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            result = run_cell(client, cell.source)
            yield {"id": cell.id, **result}
            if any(output.output_type == "error" for output in result["outputs"]):
                return
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


json.dump(list(run_notebook(os.path.abspath(sys.argv[1]))), sys.stdout)
