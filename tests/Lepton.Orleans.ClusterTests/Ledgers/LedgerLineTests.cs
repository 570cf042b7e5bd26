using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Ledgers;

public sealed class LedgerLineTests
{
    private static readonly FeedbackRow Increment = new() { FeedbackType = "play", UserId = "u", ItemId = "i", Value = 1 };
    private static readonly FeedbackRow Event = Increment with { Timestamp = DateTime.UnixEpoch };

    [Fact]
    public void An_increment_nobody_answered_may_or_may_not_be_there() => AssertBounds(Increment, 1, 2, Outcome.Acknowledged, Outcome.Unanswered);

    [Fact]
    public void An_increment_that_never_left_is_not_there() => AssertBounds(Increment, 1, 1, Outcome.Acknowledged, Outcome.NotSent);

    [Fact]
    public void An_event_sent_again_is_there_once() => AssertBounds(Event, 1, 1, Outcome.Unanswered, Outcome.Acknowledged);

    [Fact]
    public void An_event_nobody_answered_may_or_may_not_be_there() => AssertBounds(Event, 0, 1, Outcome.Unanswered);

    [Fact]
    public void An_event_that_was_refused_is_not_there() => AssertBounds(Event, 0, 0, Outcome.Refused);

    [Theory]
    [InlineData("event", null)]
    [InlineData(null, "request")]
    public void An_increment_with_a_name_is_there_once_however_often_it_is_sent(string? eventId, string? requestKey) =>
        AssertBounds(Increment with { EventId = eventId, RequestKey = requestKey }, 1, 1, Outcome.Unanswered, Outcome.Acknowledged, Outcome.Acknowledged);

    private static void AssertBounds(FeedbackRow row, double promised, double possible, params Outcome[] outcomes)
    {
        var line = new LedgerLine(row);
        foreach (var outcome in outcomes)
        {
            line.Send();
            line.Settle(outcome);
        }

        Assert.Equal((promised, possible), (line.Promised, line.Possible));
    }
}
