using System.Net.Sockets;

namespace Lepton.Orleans.Silo.Hosting;

/// <summary>The <c>health</c> verb: asks a running service whether it is ready, for container images without a shell.</summary>
internal static class HealthProbe
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    /// <summary>Asks; 0 when ready, else 1 with the reason on standard error.</summary>
    public static async Task<int> RunAsync(string[] args, string defaultUrl)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables("ASPNETCORE_").AddCommandLine(args).Build();
        var url = (configuration["urls"] ?? defaultUrl).Split(';')[0].Replace("//+", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//*", "//127.0.0.1", StringComparison.Ordinal).Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal);
        try
        {
            using var client = new HttpClient { Timeout = Timeout };
            using var response = await client.GetAsync(new Uri(new Uri(url), "/api/health/ready"));
            if (response.IsSuccessStatusCode)
            {
                return 0;
            }

            await Console.Error.WriteLineAsync($"{url} answered {(int)response.StatusCode}.");
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or TaskCanceledException or UriFormatException)
        {
            await Console.Error.WriteLineAsync($"{url} did not answer: {exception.Message}");
        }

        return 1;
    }
}
