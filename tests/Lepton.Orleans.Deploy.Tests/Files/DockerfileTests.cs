using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Lepton.Orleans.Silo;
using Microsoft.AspNetCore.Http;
using Orleans.Configuration;

namespace Lepton.Orleans.Deploy.Tests.Files;

public sealed partial class DockerfileTests
{
    private static readonly string Program = $"/app/{typeof(LeptonHost).Assembly.GetName().Name}.dll";

    private readonly Dockerfile _image = Dockerfile.Read();

    [Fact]
    public void The_image_starts_the_service_and_shows_where_it_listens()
    {
        Assert.Equal(["dotnet", Program], JsonSerializer.Deserialize<string[]>(_image["ENTRYPOINT"])!);
        Assert.Equal(
            [BindingAddress.Parse(_image.Environment["ASPNETCORE_URLS"]).Port, EndpointOptions.DEFAULT_SILO_PORT, EndpointOptions.DEFAULT_GATEWAY_PORT],
            _image["EXPOSE"].Split(' ').Select(port => int.Parse(port, CultureInfo.InvariantCulture)));
    }

    // BuildKit says the platform of each build. A default goes before what it says: on ARM that is an image that does not start.
    [Fact]
    public void The_image_is_built_for_the_platform_that_the_builder_says()
    {
        var text = Repository.Read("Dockerfile");

        Assert.Contains("\nARG TARGETARCH\n", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"(?m)^ARG (TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)=", text);
        Assert.All(PlatformOption().Matches(text), option => Assert.StartsWith("${TARGETARCH:-", option.Groups["value"].Value, StringComparison.Ordinal));
        Assert.Equal(DotnetStep().Count(text), PlatformOption().Count(text));
    }

    [Fact]
    public void The_health_check_asks_the_service_s_own_verb_and_waits_longer_than_that_does()
    {
        var probe = typeof(LeptonHost).Assembly.GetType("Lepton.Orleans.Silo.Hosting.HealthProbe", throwOnError: true)!;
        var patience = (TimeSpan)probe.GetField("Timeout", BindingFlags.NonPublic | BindingFlags.Static)!.GetValue(null)!;
        var command = _image["HEALTHCHECK"].Split(" CMD ")[1];

        Assert.Equal(["dotnet", Program, "health"], JsonSerializer.Deserialize<string[]>(command)!);
        Assert.True(int.Parse(_image["HEALTHCHECK", "timeout"].TrimEnd('s'), CultureInfo.InvariantCulture) > patience.TotalSeconds);
    }

    [GeneratedRegex("""--arch "(?<value>[^"]+)" """)]
    private static partial Regex PlatformOption();

    [GeneratedRegex(@"dotnet (restore|publish) ")]
    private static partial Regex DotnetStep();
}
