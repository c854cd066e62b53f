"""What the Python programs here have in common: a step is done and told as clients/run reads it."""

import sys

failed = False


def begin(version):
    print("version", version, flush=True)


def step(name):
    """Runs the function below it, once, as a step of this name."""

    def run(do):
        global failed
        try:
            do()
            print("ok", name, flush=True)
        except Exception as e:  # whatever it was, the next step is done all the same
            failed = True
            print(f"failed {name}: {type(e).__name__}: {' '.join(str(e).split())}", flush=True)

    return run


def same(got, want):
    if got != want:
        raise AssertionError(f"got {got!r}, want {want!r}")


def done():
    print("done")
    sys.exit(1 if failed else 0)
