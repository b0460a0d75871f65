# alexnet-jax in a container: docs/devices.md says how to build and run it. EXTRAS: [cuda] or [tpu].
#   git archive HEAD | docker build -t alexnet-jax --build-arg EXTRAS=[cuda] -
FROM python:3.12-slim AS build
ARG EXTRAS=
COPY . /source
RUN python -m venv /opt/alexnet-jax \
 && /opt/alexnet-jax/bin/pip install --no-cache-dir -c /source/constraints.txt "/source${EXTRAS}"

FROM python:3.12-slim
COPY --from=build /opt/alexnet-jax /opt/alexnet-jax
# Whoever runs it owns what it writes: data sets, compiled programs and runs lie in /work.
ENV PATH=/opt/alexnet-jax/bin:$PATH HOME=/work
WORKDIR /work
ENTRYPOINT ["alexnet-jax"]
