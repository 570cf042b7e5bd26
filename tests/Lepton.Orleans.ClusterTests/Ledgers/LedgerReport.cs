using System.Globalization;
using System.Text;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Ledgers;

/// <summary>What a comparison found.</summary>
internal sealed class LedgerReport(Ledger ledger)
{
    private const int Shown = 10;

    /// <summary>Entries of feedback that the service has.</summary>
    public int Found { get; set; }

    /// <summary>Acknowledged, but missing, too small or changed.</summary>
    public List<string> Lost { get; } = [];

    /// <summary>Listed twice, or more than was sent.</summary>
    public List<string> Doubled { get; } = [];

    /// <summary>There, but never sent or in one list only.</summary>
    public List<string> Strangers { get; } = [];

    /// <summary>Nothing acknowledged is lost, nothing is there twice, nothing came from nowhere, and nothing valid was refused.</summary>
    public void AssertClean()
    {
        Assert.True(ledger.AcknowledgedRequests > 0, "No request was acknowledged: there was nothing to lose.");
        Assert.True(Lost.Count + Doubled.Count + Strangers.Count == 0, ToString());
        Assert.DoesNotContain(ledger.Failures, answer => answer.Outcome == Outcome.Refused);
    }

    /// <summary>The first line is the ledger's, in a form that scripts find.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var lines = ledger.Feedback.ToList();
        var failures = ledger.Failures;
        var recoveries = ledger.Faults.Select(fault => fault.Recovery?.TotalSeconds).ToList();
        Line($"ledger: {ledger.Fault}{(recoveries.Count > 1 ? $", {recoveries.Count} rounds" : "")}: acknowledged {lines.Count(line => line.IsAcknowledged)}, found {Found}, lost {Lost.Count}, doubled {Doubled.Count}, refused {failures.Count}, slowest refusal {(failures.Count > 0 ? failures.Max(answer => answer.Elapsed).TotalSeconds : 0):0.00} s, recovered in {(recoveries.Contains(null) ? "-" : $"{recoveries.DefaultIfEmpty(0).Max():0.00}")} s");
        Line($"requests   {ledger.AcknowledgedRequests} acknowledged, {Count(Outcome.Unanswered)} unanswered, {Count(Outcome.NotSent)} not sent, {Count(Outcome.Refused)} refused");
        Line($"feedback   {lines.Count(line => line.IsAcknowledged)} acknowledged keys, {Found} found; users {ledger.Users.Count}, items {ledger.Items.Count} acknowledged");
        Line($"lost {Lost.Count}, doubled {Doubled.Count}, strangers {Strangers.Count}");
        Line($"seconds from each fault to the first request acknowledged after it: {string.Join(' ', recoveries.Select(recovery => recovery is null ? "-" : $"{recovery:0.00}"))}");

        foreach (var answers in failures.GroupBy(answer => answer.Status?.ToString() ?? answer.Detail).OrderByDescending(group => group.Count()).Take(Shown))
        {
            Line($"  {answers.Count()} × {answers.Key}, slowest {answers.Max(answer => answer.Elapsed).TotalSeconds:0.00} s");
        }

        foreach (var finding in Lost.Take(Shown).Concat(Doubled.Take(Shown)).Concat(Strangers.Take(Shown)))
        {
            Line($"  {finding}");
        }

        return text.ToString();

        int Count(Outcome outcome) => failures.Count(answer => answer.Outcome == outcome);
        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
    }
}
