"""Runs a command on a terminal of its own and ends it by a signal while it asks or shows something.

terminal.py WAIT TYPED SIGNAL COMMAND…

TYPED is typed at the first prompt. Once WAIT stands on the terminal, SIGNAL is sent; if it is RETURN, Return is typed, and
if it is TYPE:WORD, the word and Return.
Prints {"status","echoBefore","echo","text"}: the status that a shell would see, whether what is typed was
shown before and is shown after, and what stood on the terminal.
"""
import fcntl
import json
import os
import select
import signal
import sys
import termios
import time

wait, typed, how, command = sys.argv[1].encode(), sys.argv[2].encode(), sys.argv[3], sys.argv[4:]
master, terminal = os.openpty()
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for stream in range(3):
        os.dup2(terminal, stream)
    os.close(master)
    os.execvp(command[0], command)


def shows():
    """Whether the terminal shows what is typed. This process keeps it open, so it can be asked after the command."""
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


text, answered, before, sent, status = b"", False, None, False, None
end = time.monotonic() + 60
while time.monotonic() < end:
    if select.select([master], [], [], 0.05)[0]:
        text += os.read(master, 65536)
        continue
    if status is not None:
        break
    done, code = os.waitpid(pid, os.WNOHANG)
    if done:
        status = os.waitstatus_to_exitcode(code)
        continue
    if typed and not answered and b"Passphrase" in text:
        os.write(master, typed + b"\n")
        answered = True
    if not sent and wait in text:
        time.sleep(0.2)
        before = shows()
        if how == "RETURN":
            os.write(master, b"\n")
        elif how.startswith("TYPE:"):
            os.write(master, how.removeprefix("TYPE:").encode() + b"\n")
        else:
            os.kill(pid, getattr(signal, how))
        sent = True
if status is None:
    os.kill(pid, signal.SIGKILL)
    sys.exit(f"the command did not end: {text!r}")
print(json.dumps({"status": status if status >= 0 else 128 - status, "echoBefore": before, "echo": shows(),
                  "text": text.decode("utf-8", "replace")}))
