FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# Packages first: this layer changes only with the project files.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY src/Lepton.Orleans.Abstractions/*.csproj src/Lepton.Orleans.Abstractions/
COPY src/Lepton.Orleans.Clustering.Consul/*.csproj src/Lepton.Orleans.Clustering.Consul/
COPY src/Lepton.Orleans.Engine/*.csproj src/Lepton.Orleans.Engine/
COPY src/Lepton.Orleans.Grains/*.csproj src/Lepton.Orleans.Grains/
COPY src/Lepton.Orleans.Silo/*.csproj src/Lepton.Orleans.Silo/
RUN dotnet restore src/Lepton.Orleans.Silo

COPY .editorconfig ./
COPY src src
RUN dotnet publish src/Lepton.Orleans.Silo --configuration Release --no-restore --output /app && mkdir /empty

FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /app .
# A new volume takes its owner from the folder in the image.
COPY --from=build --chown=$APP_UID:$APP_UID /empty /data
ENV ASPNETCORE_HTTP_PORTS= \
    ASPNETCORE_URLS=http://+:8088 \
    Lepton__DataDirectory=/data \
    Lepton__Sample=false
EXPOSE 8088
VOLUME /data
USER $APP_UID
# There is no shell and no curl in this image: the service asks itself.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["dotnet", "/app/Lepton.Orleans.Silo.dll", "health"]
ENTRYPOINT ["dotnet", "/app/Lepton.Orleans.Silo.dll"]
