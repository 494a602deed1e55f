"""llama.cpp's own HTTP server on loopback, in a process of its own: `python llama_server.py MODEL KEY`.

It prints its address and ends when its standard input does.
"""

import sys


def main() -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path, params.api_keys = sys.argv[1], [sys.argv[2]]
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.n_ctx, params.n_parallel, params.n_batch, params.n_ubatch = 2_048, 1, 128, 128
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 2
    params.verbosity, params.cache_ram_mib, params.n_threads_http = 0, 0, 4
    params.warmup = params.fit_params = params.ui = False
    params.offline = True
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)  # noqa: T201
    sys.stdin.read()


if __name__ == "__main__":
    main()
