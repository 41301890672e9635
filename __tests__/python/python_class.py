"""Does what is asked with LangChain's AzureOpenAI: a JSON request a line in, a JSON answer a line out."""

import ast
import contextlib
import io
import json
import sys
import warnings

from langchain_core.load import dumps, loads
from langchain_openai import AzureOpenAI


def make(request):
    if "json" in request:
        return loads(request["json"], allowed_objects=[AzureOpenAI], secrets_map=request["secrets"])
    return AzureOpenAI(**request["options"])


def show(llm):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        print(llm)
    return out.getvalue()


def answer(request):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        llm = make(request)
    _, params = show(llm).split("Params: ")
    prompts = request.get("prompts", [])
    generations = llm.generate(prompts, stop=request.get("stop")).generations if prompts else []
    return {
        "view": ast.literal_eval(params),
        "json": dumps(llm),
        "texts": [[generation.text for generation in each] for each in generations],
        "warnings": [str(warning.message) for warning in caught if warning.category is UserWarning],
    }


def answer_or_error(request):
    try:
        return answer(request)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    print(json.dumps(answer_or_error(json.loads(line))), flush=True)
