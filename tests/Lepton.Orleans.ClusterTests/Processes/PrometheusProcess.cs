using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>A Prometheus that scrapes one silo every second, with the rules that we ship.</summary>
internal sealed class PrometheusProcess(string executable, Uri silo, string key) : ServerProcess("prometheus")
{
    private readonly int port = FreePort.Next();
    private readonly HttpClient http = new();

    /// <summary>The values that a query has now; none where it has no series or is not a number.</summary>
    public async Task<IReadOnlyList<double>> QueryAsync(string query, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(At($"api/v1/query?query={Uri.EscapeDataString(query)}"), cancellationToken);
        using var answer = (await response.Content.ReadFromJsonAsync<JsonDocument>(cancellationToken))!;
        Assert.True(response.IsSuccessStatusCode, $"{query}: {answer.RootElement}");
        return
        [
            .. answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray()
                .Select(series => double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture))
                .Where(value => !double.IsNaN(value)),
        ];
    }

    public override async ValueTask DisposeAsync()
    {
        http.Dispose();
        await base.DisposeAsync();
    }

    protected override (string File, IReadOnlyList<string> Arguments) Command()
    {
        var configuration = Path.Combine(Directory, "prometheus.yml");
        File.WriteAllText(configuration, $$"""
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: ['{{Deployed.File("prometheus", "lepton.rules.yml")}}']
            scrape_configs:
              - job_name: lepton
                authorization: {credentials: '{{key}}'}
                static_configs: [{targets: ['{{silo.Authority}}']}]
            """);
        return (executable,
        [
            $"--config.file={configuration}",
            $"--storage.tsdb.path={Path.Combine(Directory, "data")}",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"),
        ]);
    }

    protected override async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(At("-/ready"), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private Uri At(string path) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/{path}"));
}
