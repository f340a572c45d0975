"""The guest's side of the host's calls: runs programs and tests, and answers with what they did.

`serve` is the one function that the host calls; `reports.py` has the form of requests and answers.

This file runs before the snapshot, in a namespace whose builtins are a copy: a program that
breaks `builtins` breaks its own, not these.
"""

import marshal
import struct
import sys
from importlib.util import MAGIC_NUMBER

import _proofhouse_channel as channel
import _proofhouse_inventory as inventory
import _proofhouse_judging as judging
import _proofhouse_measure as measure
import _proofhouse_owned as owned
import _proofhouse_plan as plan
import _proofhouse_sql as sql
import _proofhouse_values as values
from _proofhouse_judging import take_side
from _proofhouse_outcomes import SOLUTION
from _proofhouse_reports import OK, answer, described, fields, guarded, module, settle, state
from _proofhouse_text import MESSAGE, cut

# ---- Programs


def compiled(source, filename):
    state.sources[filename] = source
    try:
        return threads.compile_program(source, filename), None
    except (SyntaxError, ValueError, OverflowError) as error:
        where = f" (line {error.lineno})" if isinstance(error, SyntaxError) and error.lineno else ""
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        return None, answer("syntax", f"{type(error).__name__}: {cut(str(text), MESSAGE)}{where}")
    except MemoryError as error:
        # The parser says so of source that nests too deeply; no memory was refused.
        if "too complex" in str(error):
            return None, answer("syntax", f"SyntaxError: {error}")
        return None, described(error)
    except BaseException as error:
        return None, described(error)


def run_program(source, filename, *arguments):
    """The whole program as `__main__`, with what Python does at its end."""
    filename = filename.decode()
    code, refusal = compiled(source, filename)
    if refusal is not None:
        return refusal
    namespace = module("__main__", filename)
    sys.argv[:] = [filename, *(argument.decode("utf-8", "surrogateescape") for argument in arguments)]
    exit_functions = sys.modules["atexit"]._run_exitfuncs

    def run():
        try:
            exec(code, namespace)
        except BaseException as error:
            # Python reports an exception before the handlers at exit run, and they don't change it.
            reported = error
        else:
            reported = None
        try:
            threads.shutdown()
        except RuntimeError:
            # Threads that can't end are news only where the program had none of its own.
            if reported is None:
                raise
        finally:
            exit_functions()
        if reported is not None:
            said = reported.code if type(reported) is SystemExit else None
            if said is not None and type(said) not in (int, bool):
                print(said, file=sys.stderr)
            raise reported

    return guarded(run)


def load_solution(source, wanted=None):
    """The submission as a module: for tests that share it, or for a judge, which is told what the wanted names are."""
    code, refusal = compiled(source, SOLUTION)
    if refusal is not None:
        return refusal
    state.namespace = owned.state.namespace = module("solution", SOLUTION)
    take_side(owned)
    refusal = guarded(lambda: exec(code, state.namespace))
    if wanted is None or refusal != OK:
        return refusal
    try:
        return answer("ok", answer(*owned.named(wanted.decode().split("\n"))))
    except values.Uncrossable as error:
        return answer("uncrossable", cut(str(error), MESSAGE))
    except BaseException as error:
        return described(error)


def called(message):
    reply = channel.again() if message == channel.AGAIN else channel.served(message)
    settle()
    return reply


def compile_module(source, path):
    """A module of the standard library as an unchecked .pyc (PEP 552)."""
    try:
        code = compile(source, path.decode(), "exec", 0, True)
    except (SyntaxError, ValueError) as error:
        return answer("syntax", f"{type(error).__name__}: {error}")
    # Flag 1 alone: hash-based and never checked, so the hash may be anything.
    return answer("ok", MAGIC_NUMBER + struct.pack("<I", 1) + bytes(8) + marshal.dumps(code))


# ---- What a loaded program costs, and what it answers


def make_arguments(generator, sizes):
    made = []
    status = guarded(lambda: made.extend(measure.make_arguments(generator, sizes)))
    return answer("ok", answer(*made)) if status == OK else status


def take_arguments(function, arguments):
    return guarded(lambda: measure.take(function, arguments, state.namespace))


def call_measured():
    return guarded(measure.call)


def text_of_answer():
    said = []
    status = guarded(lambda: said.append(measure.text_of(measure.state.result)))
    return answer("ok", said[0]) if status == OK else status


def answers(function, inputs):
    said = []
    status = guarded(lambda: said.append(measure.answers(function, inputs.decode(), state.namespace)))
    return answer("ok", said[0]) if status == OK else status


def run_sql(*parts):
    said = []
    status = guarded(lambda: said.append(sql.run(*parts, answer)))
    return said[0] if status == OK else status


def list_modules():
    return answer("ok", inventory.inventory())


def make_plan(*parts):
    return answer("ok", answer(*plan.plan(*parts)))


OPERATIONS = {
    ord("P"): run_program,
    ord("L"): load_solution,
    ord("T"): judging.run_tests,
    ord("F"): judging.find_members,
    ord("U"): judging.run_member,
    ord("C"): judging.compile_tests,
    ord("M"): compile_module,
    ord("E"): judging.expect,
    ord("R"): judging.run_case,
    ord("N"): make_plan,
    ord("B"): judging.begin_judging,
    ord("I"): list_modules,
    ord("H"): judging.run_http_tests,
    ord("V"): judging.make_case,
    ord("A"): make_arguments,
    ord("G"): take_arguments,
    ord("Y"): call_measured,
    ord("Z"): text_of_answer,
    ord("D"): answers,
    ord("Q"): run_sql,
}


def serve(request):
    if request[0] == ord("X"):
        return called(request[1:])
    return OPERATIONS[request[0]](*fields(request))
