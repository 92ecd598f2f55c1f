class Fields: pass
def check(a): pass
