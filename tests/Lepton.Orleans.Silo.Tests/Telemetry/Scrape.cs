using System.Globalization;
using System.Text.RegularExpressions;
using Lepton.Orleans.Silo.Tests.Api;

namespace Lepton.Orleans.Silo.Tests.Telemetry;

/// <summary>What <c>/metrics</c> said once.</summary>
internal sealed partial class Scrape
{
    private readonly List<(string Name, string Labels, double Value)> samples = [];

    private Scrape(string text)
    {
        Text = text;
        foreach (var line in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            var sample = Sample().Match(line);
            Assert.True(sample.Success, $"No sample: {line}");
            samples.Add((sample.Groups["name"].Value, sample.Groups["labels"].Value, double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture)));
        }
    }

    public string Text { get; }

    /// <summary>The names of all series.</summary>
    public IReadOnlySet<string> Names => samples.Select(sample => sample.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>The names of all labels.</summary>
    public IReadOnlySet<string> Labels => samples.SelectMany(sample => Label().Matches(sample.Labels).Select(label => label.Groups[1].Value)).ToHashSet(StringComparer.Ordinal);

    public static async Task<Scrape> ReadAsync(ApiClient api)
    {
        var (status, text, response) = await api.SendAsync("GET", "/metrics");
        Assert.True(response.IsSuccessStatusCode, $"/metrics answered {status}: {text}");
        return new Scrape(text);
    }

    /// <summary>The sum of all series of a name whose labels contain all of these.</summary>
    public double Sum(string name, params string[] labels) => samples
        .Where(sample => sample.Name == name && labels.All(label => sample.Labels.Contains(label, StringComparison.Ordinal)))
        .Sum(sample => sample.Value);

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>.*)\})? (?<value>\S+)( \d+)?$""")]
    private static partial Regex Sample();

    [GeneratedRegex("""(?:^|,)([a-zA-Z_][a-zA-Z0-9_]*)="(?:[^"\\]|\\.)*"(?=,|$)""")]
    private static partial Regex Label();
}
