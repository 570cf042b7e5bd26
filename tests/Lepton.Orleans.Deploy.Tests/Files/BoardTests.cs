using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Lepton.Orleans.Deploy.Tests.Files;

/// <summary>Whoever is woken by an alert sees on the board what it was about.</summary>
public sealed partial class BoardTests
{
    // Readiness is asked every second or two by everybody who watches, and would make the errors of a quiet service a fraction of what they are.
    [Fact]
    public void The_board_shows_the_error_ratio_that_alerts_are_made_of()
    {
        var rule = YamlFile.Parse(Repository.Read("deploy/prometheus/lepton.rules.yml")).Single()["groups"]!.AsArray()
            .SelectMany(group => group!["rules"]!.AsArray())
            .Single(rule => rule!["record"]?.GetValue<string>() == "lepton:request_errors:ratio_rate5m")!["expr"]!.GetValue<string>();
        var shown = JsonNode.Parse(Repository.Read("deploy/grafana/dashboards/lepton.json"))!["panels"]!.AsArray()
            .Single(panel => panel!["title"]?.GetValue<string>() == "Failed requests")!["targets"]!.AsArray()
            .Select(target => Requests(target!["expr"]!.GetValue<string>())).ToList();

        Assert.Equal(2, Requests(rule).Count);
        Assert.Contains(Requests(rule), shown);
        Assert.All(shown, ratio => Assert.Equal(Requests(rule)[^1], ratio[^1]));
    }

    private static List<string> Requests(string expression) => [.. Counted().Matches(expression).Select(match => match.Value)];

    [GeneratedRegex(@"http_server_request_duration_seconds_count\{[^}]*\}")]
    private static partial Regex Counted();
}
