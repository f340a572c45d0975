# Proofhouse as a container: no root, no capability, nothing to write to but one volume.
#
#     docker build -t proofhouse .
#     docker run --read-only --cap-drop=ALL --security-opt=no-new-privileges -v proofhouse:/var/lib/proofhouse \
#         -p 127.0.0.1:8080:8080 -e PROOFHOUSE_SERVE_INSECURE=true proofhouse
#
# See docs/operations.md, "Docker".

# The version of rust-toolchain.toml, which stays outside: its tools for checking code are not needed.
FROM rust:1.95.0-slim-trixie AS build
WORKDIR /source
COPY . .
RUN cargo build --release --locked --package proofhouse-cli

FROM debian:13.2-slim
# A number of its own, which the compiled interpreter belongs to: another user would have to compile it again.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/proofhouse --shell /usr/sbin/nologin proofhouse \
    && install -d -o proofhouse -g proofhouse -m 700 /var/lib/proofhouse /var/cache/proofhouse
COPY --from=build /source/target/release/proofhouse /usr/local/bin/proofhouse
USER 10001:10001
ENV PROOFHOUSE_CACHE=/var/cache/proofhouse \
    PROOFHOUSE_SERVE_LISTEN=0.0.0.0:8080 \
    PROOFHOUSE_SERVE_DATABASE=sqlite:/var/lib/proofhouse/serve.db \
    PROOFHOUSE_SERVE_LOG__FORMAT=json
# For a processor of 2009 or later, so that the image runs on others than the one that made it.
RUN proofhouse setup --cache /var/cache/proofhouse
WORKDIR /var/lib/proofhouse
VOLUME /var/lib/proofhouse
EXPOSE 8080
# bash speaks HTTP well enough for this, and an image with curl would be larger.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --start-interval=1s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["proofhouse"]
CMD ["serve"]
