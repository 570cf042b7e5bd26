using System.Text.RegularExpressions;

namespace Lepton.Orleans.Deploy.Tests.Files;

/// <summary>Whoever is woken by an alert finds a page of the runbook that tells what to do.</summary>
public sealed partial class AlertPagesTests
{
    private const string Runbook = "docs/operations.md";

    public static TheoryData<string> Alerts => [.. Rules().Keys];

    [Theory]
    [MemberData(nameof(Alerts))]
    public void Every_alert_leads_to_a_page_that_says_what_it_means_what_to_look_at_and_what_to_do(string alert)
    {
        Assert.Equal($"{Runbook}#{alert}", Rules()[alert], ignoreCase: true);
        Assert.True(Pages().TryGetValue(alert, out var page), $"{Runbook} has no page ### {alert}.");
        Assert.All(["**Means.**", "**Look at**", "**Do.**"], part => Assert.Contains(part, page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_page_is_of_an_alert_that_there_is() =>
        Assert.Equal(Rules().Keys.Order(StringComparer.Ordinal), Pages().Keys.Where(page => page.StartsWith("Lepton", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    // Metrics that a page names are some that the rules or the board know too.
    [Fact]
    public void Pages_name_metrics_that_there_are()
    {
        var known = Repository.Read("deploy/prometheus/lepton.rules.yml") + Repository.Read("deploy/grafana/dashboards/lepton.json");
        var named = Pages().Where(page => page.Key.StartsWith("Lepton", StringComparison.Ordinal)).SelectMany(page => Metric().Matches(page.Value)).Select(match => match.Groups[1].Value).Distinct().ToList();

        Assert.NotEmpty(named);
        Assert.All(named, metric => Assert.Contains(metric, known, StringComparison.Ordinal));
    }

    private static Dictionary<string, string?> Rules() => YamlFile.Parse(Repository.Read("deploy/prometheus/lepton.rules.yml")).Single()["groups"]!.AsArray()
        .SelectMany(group => group!["rules"]!.AsArray())
        .Where(rule => rule!["alert"] is not null)
        .ToDictionary(rule => rule!["alert"]!.GetValue<string>(), rule => rule!["annotations"]?["runbook_url"]?.GetValue<string>());

    private static Dictionary<string, string> Pages() => Repository.Read(Runbook).ReplaceLineEndings("\n").Split("\n### ").Skip(1)
        .ToDictionary(page => page[..page.IndexOf('\n', StringComparison.Ordinal)], page => page.Split("\n## ")[0]);

    [GeneratedRegex(@"`((?:lepton|http|db|dotnet|process|orleans|kafka)_[a-z0-9_]+)`")]
    private static partial Regex Metric();
}
