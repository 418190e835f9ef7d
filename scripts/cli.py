"""`penstock VERB`: one command for each file of this folder, and the one place for exit codes.

Exit codes: 0 done; 1 a known failure; 2 usage, and "there are changes" where a command says so;
3 a bug in Penstock; 130 interrupted. A command returns its exit code (none means 0) or raises a
PenstockError. Data goes to stdout, text for people to stderr.

Every script is imported to list the commands, so a script imports what is heavy inside its function.
"""

import errno
import importlib
import sys
from collections.abc import Sequence

import typer

from penstock.errors import BUG, DONE, INTERRUPTED, KNOWN_FAILURE, PenstockError

# Each with its line in the list of commands, which has to fit there; the docstring says the rest.
VERBS = {
    "compile": "Compile pipelines to the definitions that are deployed.",
    "check": "Find what is wrong with a definition, offline.",
    "render": "Print the request that a deploy sends.",
    "graph": "Draw a pipeline, or what became of its steps.",
    "policy": "Show the least-privilege IAM policies of a pipeline.",
    "plan": "Show what a deploy would change, without changing it.",
    "deploy": "Create or update a pipeline and all it needs.",
    "revisions": "List the deploys of a pipeline that --revision can name.",
    "start": "Start an execution of a deployed pipeline.",
    "watch": "Follow an execution to its end.",
    "stop": "Stop an execution and its jobs.",
    "retry": "Go on with an execution that failed or was stopped.",
    "approve": "Answer a step that waits for a person.",
    "report": "Write one HTML page about an execution.",
    "sample_data": "Upload sample data to the environment's bucket.",
    "bootstrap": "Make the bucket, queue and roles of an environment.",
    "emulate": "Serve AWS on this machine: no account, no Docker.",
}

# The machine's doing, and the person's to mend; any other OSError is a bug in Penstock.
_MENDABLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


def application() -> typer.Typer:
    """The commands. scripts/VERB.py holds a function VERB; its docstring is the command's help."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,  # plain help and errors: the same on a terminal and in a log
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def penstock() -> None:
        """SageMaker Pipelines as code: compile, plan, deploy, start and watch."""

    for verb, line in VERBS.items():
        command = getattr(importlib.import_module(f"scripts.{verb}"), verb)
        app.command(verb.replace("_", "-"), short_help=line)(command)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command (default: the process's own arguments) and return its exit code."""
    try:
        result = application()(args=arguments, prog_name="penstock", standalone_mode=False)
        sys.stdout.flush()  # a full disk or a closed pipe is told here, not when the interpreter ends
    except PenstockError as error:
        return _fail(f"penstock: {error}", error.exit_code)
    except typer.TyperException as error:  # a command line that does not parse
        error.show()  # type: ignore[attr-defined]
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _fail("penstock: interrupted", INTERRUPTED)
    except BrokenPipeError:
        return DONE  # the reader of our output (`| head`) has seen enough
    except OSError as error:
        if error.errno in _MENDABLE:
            place = f"{error.filename}: " if error.filename else ""
            return _fail(f"penstock: {place}{error.strerror}\nMend that and run it again.", KNOWN_FAILURE)
        return _bug()
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "penstock", "scripts", "steps", "pipelines"):
            return _bug()
        return _fail(
            f"penstock: this command needs the package {package}, which is not installed\n"
            "Install Penstock with it: pip install 'penstock[compile,emulator]'.",
            KNOWN_FAILURE,
        )
    except Exception:
        return _bug()
    return result if isinstance(result, int) else DONE


def _fail(text: str, exit_code: int) -> int:
    print(text, file=sys.stderr)
    return exit_code


def _bug() -> int:
    import traceback

    traceback.print_exc()
    return _fail("penstock: this is a bug in Penstock; please report it with the lines above", BUG)


if __name__ == "__main__":
    sys.exit(main())
