"""Starts llama.cpp's HTTP server, as the package `xllamacpp` brings it, on a free port of loopback.

It prints `listening URL`, and ends when its input does: nothing is left behind by a test that is killed.

    llama_server.py model.gguf --slots 4 --context 2048
"""

import argparse
import os
import sys

import xllamacpp


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--slots", type=int, default=1, help="requests at a time")
    parser.add_argument("--context", type=int, default=2048, help="tokens of one slot")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--gpu-layers", type=int, default=0)
    options = parser.parse_args()
    parameters = xllamacpp.CommonParams()
    parameters.model.path = options.model
    parameters.model_alias = {os.path.basename(options.model)}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = options.port
    parameters.n_parallel = options.slots
    parameters.n_ctx = options.context * options.slots
    parameters.n_gpu_layers = options.gpu_layers
    parameters.cpuparams.n_threads = options.threads
    parameters.cpuparams_batch.n_threads = options.threads
    parameters.endpoint_metrics = True
    parameters.endpoint_slots = True
    parameters.offline = True
    server = xllamacpp.Server(parameters)
    print("listening", server.listening_address, flush=True)
    sys.stdin.buffer.read()
    # The server's threads would go on.
    os._exit(0)


if __name__ == "__main__":
    main()
