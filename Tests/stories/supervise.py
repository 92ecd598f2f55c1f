"""supervise.py UNIT PROGRAM LOG: runs the ExecStart of a systemd unit with this program, and starts it again as systemd
would: by Restart=, RestartPreventExitStatus= and RestartSec=, whose seconds are tenths here. LOG gets a line for each end.
"""
import configparser, os, shlex, signal, subprocess, sys, time

unit, program, log = sys.argv[1:]
parser = configparser.ConfigParser(interpolation=None, strict=False)
parser.optionxform = str
parser.read(unit)
service = parser["Service"]
assert service["Restart"] == "on-failure", "this knows on-failure only"
never = {-signal.Signals[word] if word.startswith("SIG") else int(word)
         for word in service.get("RestartPreventExitStatus", "").split()}
pause = float(service["RestartSec"].removesuffix("s")) / 10
command = [program] + shlex.split(service["ExecStart"])[1:]
child, ended = None, False

def end(*_):
    global ended
    ended = True
    if child: child.terminate()

signal.signal(signal.SIGTERM, end)
while not ended:
    child = subprocess.Popen(command, preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, []))
    code = child.wait()
    with open(log, "a") as file: print(code, file=file)
    # An end by SIGHUP, SIGINT, SIGTERM or SIGPIPE is regular, too.
    if code in {0, -1, -2, -13, -15} or code in never: break
    time.sleep(pause)
