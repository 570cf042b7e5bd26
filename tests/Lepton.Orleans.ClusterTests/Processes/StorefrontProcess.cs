using System.Globalization;
using System.Reflection;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>The sample front end, as whoever tries it runs it, beside a silo.</summary>
internal sealed class StorefrontProcess(SiloProcess silo) : ServerProcess("storefront")
{
    private static readonly string Assembly = typeof(StorefrontProcess).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "StorefrontAssembly").Value!;

    private readonly int port = FreePort.Next();
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>The page of a visitor, as it is now.</summary>
    public Task<string> ShowAsync(string visitor, CancellationToken cancellationToken) => http.GetStringAsync(AddressOf($"visitors/{visitor}"), cancellationToken);

    /// <summary>Presses the button of an item; what comes is the visitor's next page.</summary>
    public async Task<string> LikeAsync(string visitor, string item, CancellationToken cancellationToken)
    {
        using var form = new FormUrlEncodedContent([]);
        using var response = await http.PostAsync(AddressOf($"visitors/{visitor}/likes/{item}"), form, cancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
        http.Dispose();
        await base.DisposeAsync();
    }

    protected override (string File, IReadOnlyList<string> Arguments) Command() => (
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
        ["exec", Assembly, "--urls", AddressOf("").ToString(), string.Create(CultureInfo.InvariantCulture, $"--Lepton:Client:Gateways:0=localhost:{silo.GatewayPort}")]);

    protected override async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(AddressOf(""), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private Uri AddressOf(string path) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/{path}"));
}
