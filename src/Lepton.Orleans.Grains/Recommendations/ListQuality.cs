using System.Diagnostics.Metrics;
using Lepton.Orleans.Grains.Diagnostics;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Recommendations;

/// <summary>
/// How lists fare with those who get them: whether what a user likes next is something that the list showed. Of one write the
/// page that was sent last is looked at; the writes after it say nothing until the next list.
/// </summary>
internal sealed class ListQuality(FeedbackPolicy policy)
{
    // There are no scenarios to choose from yet: this is what the API calls the list.
    private static readonly KeyValuePair<string, object?> Scenario = new("lepton.scenario", "recommend");

    private static readonly KeyValuePair<string, object?> Hit = new("lepton.list.hit", "true");

    private static readonly KeyValuePair<string, object?> Miss = new("lepton.list.hit", "false");

    private static readonly Counter<long> Lists = Telemetry.Meter.CreateCounter<long>(
        "lepton.lists.served", "{list}", "Lists of users that were sent and show something; the same list again is one more.");

    private static readonly Counter<long> Feedback = Telemetry.Meter.CreateCounter<long>(
        "lepton.list.feedback", "{feedback}", "Positive feedback that came right after a list, by whether it is on an item of the page that was sent last.");

    /// <summary>Counts a page that is sent.</summary>
    public static void Served(ReadOnlySpan<Engine.Ranking.RankedItem> page)
    {
        if (!page.IsEmpty)
        {
            Lists.Add(1, Scenario);
        }
    }

    /// <summary>Counts what followed a list.</summary>
    /// <param name="ranking">The user's last ranking, where there is one.</param>
    /// <param name="events">What was written then.</param>
    public void Follow(Ranking? ranking, ReadOnlySpan<(FeedbackEvent Event, string Comment)> events)
    {
        if (ranking is null || !Feedback.Enabled || ranking.SentPage is not { IsEmpty: false } page)
        {
            return;
        }

        foreach (var (e, _) in events)
        {
            if (policy.KindOf(e.Type, e.Value) == FeedbackPolicy.Kind.Positive)
            {
                Feedback.Add(1, Scenario, Shows(page, e.Item) ? Hit : Miss);
            }
        }
    }

    private static bool Shows(ReadOnlySpan<Engine.Ranking.RankedItem> page, int item)
    {
        foreach (var place in page)
        {
            if (place.Item == item)
            {
                return true;
            }
        }

        return false;
    }
}
