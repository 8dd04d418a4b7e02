"""Renders the corpus with Python's Jinja (python3-jinja2), set up as chat templates are: run it here,
`python3 generate.py`, and commit what it writes (expected.json). `python3 generate.py FOLDER` does the same with the
templates of a folder elsewhere, for `mvn test -Dtest=TemplateCorpusTest -Dtemplates=FOLDER`."""
import datetime
import functools
import json
import pathlib
import sys

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

HERE = pathlib.Path(__file__).parent
FOLDER = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
NOW = datetime.datetime(2026, 9, 7, 8, 5, 9)


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def refuse(message):
    raise jinja2.exceptions.TemplateError(message)


def to_json(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


ENV = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
ENV.filters["tojson"] = to_json
ENV.globals["raise_exception"] = refuse
ENV.globals["strftime_now"] = lambda f: NOW.strftime(f)


@functools.cache
def compiled(text):
    return ENV.from_string(text)


def render(text, variables):
    try:
        return {"text": compiled(text).render(**variables)}
    except (jinja2.exceptions.TemplateError, TypeError) as e:
        return {"refused": str(e)}


def call(id, name, arguments):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


WEATHER = {"type": "function", "function": {"name": "weather", "description": "The weather in a city, \"now\".",
    "parameters": {"type": "object", "properties": {"city": {"type": "string", "description": "Ünïcode & <tags>"},
        "days": {"type": "integer", "minimum": 1}}, "required": ["city"]}}}
TIME = {"type": "function", "function": {"name": "time", "description": "The time.",
    "parameters": {"type": "object", "properties": {}}}}
S, U, A = (lambda t, r=r: {"role": r, "content": t} for r in ("system", "user", "assistant"))
CONVERSATIONS = {
    "one question": [U("Where does Mara live?")],
    "system and spaces": [S("  Be kind.\n"), U("  Hi there \n"), A(" Hello! "), U("And now?")],
    "answered": [U("2+2?"), A("4")],
    "system only thinks": [S("Be terse. /no_think"), U("Why?"), A("\nBecause."), U("Why not?")],
    "reasoning inside": [U("Q1"), A("<think>\nold thought\n</think>\n\nA1"), U("Q2"), A("<think>\nnew\n</think>\n\nA2")],
    "reasoning apart": [U("Q1"), {"role": "assistant", "content": "A1", "reasoning_content": "\nstep by step\n"}],
    "tool": [U("Weather in Oslo?"),
        {"role": "assistant", "content": "", "tool_calls": [call("call00001", "weather", {"city": "Oslo", "days": 2})]},
        {"role": "tool", "name": "weather", "tool_call_id": "call00001", "content": "18 degrees, rainy"}],
    "two tools at once": [S("Use tools."), U("Weather and time?"),
        {"role": "assistant", "content": "Let me look.", "tool_calls": [
            call("call00001", "weather", {"city": "Zürich 🏔", "nested": {"a": [1, 2.5, True, None]}}), call("call00002", "time", {})]},
        {"role": "tool", "name": "weather", "tool_call_id": "call00001", "content": "sunny"},
        {"role": "tool", "name": "time", "tool_call_id": "call00002", "content": "12:30"},
        A("Sunny, half past twelve."), U("Thanks!")],
    "quotes": [U("He said \"it's {{ not }} {% code %}\" \\n & <b>")],
    "two users": [U("a"), U("b")],
}
SETTINGS = [{"add_generation_prompt": True}, {"add_generation_prompt": False},
    {"add_generation_prompt": True, "tools": [WEATHER, TIME]}, {"add_generation_prompt": True, "enable_thinking": False}]

SNIPPETS = [l for l in (HERE / "snippets.txt").read_text().split("\n====\n")]
VARIABLES = {"n": 3, "x": 2.5, "yes": True, "no": False, "none_": None, "s": " Hello World ", "empty": "",
    "list": ["b", "a", "C", "a"], "numbers": [3, 1, 2], "d": {"k": "v", "n": 1, "deep": {"z": [1, {"q": None}]}},
    "people": [{"name": "Ann", "age": 30, "ok": True}, {"name": "bob", "age": 25, "ok": False}, {"name": "Cy", "age": 41}]}


def main():
    cases = []
    for file in sorted(FOLDER.glob("*.jinja")):
        for name, messages in CONVERSATIONS.items():
            for setting in SETTINGS:
                variables = {"messages": messages, "bos_token": "<s>", "eos_token": "</s>", **setting}
                cases.append({"template": file.name, "case": name, "variables": variables,
                    "expected": render(file.read_text(), variables)})
    snippets = [{"source": s, "expected": render(s, VARIABLES)} for s in SNIPPETS]
    (FOLDER / "expected.json").write_text(json.dumps(
        {"cases": cases, "variables": VARIABLES, "snippets": snippets}, ensure_ascii=False, indent=1) + "\n")
    print(len(cases), "renderings,", len(snippets), "snippets,",
        sum("refused" in s["expected"] for s in snippets), "refused:",
        [s for s in snippets if "refused" in s["expected"]])


main()
