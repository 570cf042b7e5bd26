# The whole service in one image: any silo of any cluster, and by itself the playground of the README. A container listens for other
# machines, so it wants a key; it starts empty, unless it is told to bring the sample.
#   docker build --tag lepton .
#   docker run --publish 127.0.0.1:8088:8088 --volume lepton:/data --stop-timeout 60 --env Lepton__ApiKeys__0=SECRET --env Lepton__Sample=true lepton
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS projects
WORKDIR /source
COPY src src
RUN find src -type f ! -name '*.csproj' -delete && find src -type d -empty -delete

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
# What is built for, from BuildKit: a value given here would go before its own. A builder that does not say it builds for itself.
ARG TARGETARCH
WORKDIR /source

# Packages first, from the project files alone, whichever there are: this layer changes only with them.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY --from=projects /source/src src
RUN dotnet restore src/Lepton.Orleans.Cli --arch "${TARGETARCH:-$(dpkg --print-architecture)}" -p:PublishReadyToRun=true

# ReadyToRun: compiled before it runs, so that a silo is ready sooner and its health check costs less. What is called often
# is compiled again at run time, as it would have been without.
COPY .editorconfig ./
COPY src src
# The command line beside it (lepton migrate, import, export), which shares all but a few files with the service: those of the
# service come last.
RUN dotnet publish src/Lepton.Orleans.Cli --configuration Release --no-restore --no-self-contained --arch "${TARGETARCH:-$(dpkg --print-architecture)}" \
    -p:PublishReadyToRun=false -p:PublishDocumentationFiles=false --output /app
RUN dotnet publish src/Lepton.Orleans.Silo --configuration Release --no-restore --no-self-contained --arch "${TARGETARCH:-$(dpkg --print-architecture)}" \
    -p:PublishReadyToRun=true -p:PublishDocumentationFiles=false --output /app && mkdir /empty

FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
ARG VERSION=0.0.0-local
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Lepton" \
      org.opencontainers.image.description="A recommendation service that knows what a user did a moment ago" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
WORKDIR /app
COPY --from=build /app .
# A new volume takes its owner from the folder in the image.
COPY --from=build --chown=1654:1654 /empty /data
# Nothing is written outside of /data, so the root file system may be read-only (docker run --read-only). The runtime would
# like to put a socket for diagnostics into /tmp: where there is none it goes on without.
ENV ASPNETCORE_HTTP_PORTS= \
    ASPNETCORE_URLS=http://+:8088 \
    Lepton__DataDirectory=/data \
    Lepton__Sample=false
EXPOSE 8088 11111 30000
VOLUME /data
# By number: Kubernetes cannot tell from a name that it is not root.
USER 1654:1654
# There is no shell and no curl in this image: the service asks itself.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["dotnet", "/app/Lepton.Orleans.Silo.dll", "health"]
ENTRYPOINT ["dotnet", "/app/Lepton.Orleans.Silo.dll"]
