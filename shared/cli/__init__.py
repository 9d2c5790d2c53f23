"""`trama`: the command line, a client of the services' doors like any other.

Exit codes: 0 done, 1 the answer is no or unequal, 2 usage or bad input, 3 not permitted, 4 unreachable or failed,
5 conflict.
"""
