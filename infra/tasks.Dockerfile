# The image of infra/tasks.yaml. Both programs are built before, for the architecture of TasksArchitecture and Debian 12,
# and lie in a folder of their own:
#
#     docker build -f infra/tasks.Dockerfile -t REPOSITORY:RELEASE FOLDER
FROM debian:12-slim
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates libssl3 && rm -rf /var/lib/apt/lists/*
COPY consumer darkroom /usr/local/bin/
