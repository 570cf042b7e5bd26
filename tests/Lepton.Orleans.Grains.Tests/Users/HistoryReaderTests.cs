using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Users;

public sealed class HistoryReaderTests
{
    private static readonly FeedbackPolicy Default = new([], ["dislike"], ["read"]);

    [Fact]
    public void Positive_items_come_distinct_and_newest_first() =>
        Assert.Equal([3, 1, 2], Positives(Default, ("like", 1, 0, 10), ("like", 2, 0, 20), ("like", 1, 0, 30), ("share", 3, 0, 40), ("read", 4, 0, 50)));

    [Fact]
    public void Only_as_many_as_asked_for_are_read() =>
        Assert.Equal([4, 3], Positives(Default, 2, ("like", 1, 0, 10), ("like", 2, 0, 20), ("like", 3, 0, 30), ("like", 4, 0, 40)));

    [Fact]
    public void A_newer_dislike_removes_an_item_and_a_still_newer_like_brings_it_back()
    {
        Assert.Equal([2], Positives(Default, ("like", 1, 0, 10), ("like", 2, 0, 20), ("dislike", 1, 0, 30)));
        Assert.Equal([1, 2], Positives(Default, ("like", 1, 0, 10), ("like", 2, 0, 20), ("dislike", 1, 0, 30), ("like", 1, 0, 40)));
    }

    [Fact]
    public void A_later_read_changes_no_verdict() =>
        Assert.Equal([1], Positives(Default, ("like", 1, 0, 10), ("read", 1, 0, 20)));

    [Fact]
    public void Expressions_look_at_the_sum_over_the_events_of_a_feedback()
    {
        var policy = new FeedbackPolicy(["rating>=4"], ["rating<2"], []);
        Assert.Equal([1], Positives(policy, ("rating", 1, 2, 10), ("rating", 2, 3, 20), ("rating", 1, 2, 30)));
        Assert.Empty(Positives(policy, ("rating", 1, 5, 10), ("rating", 1, -4, 30)));
    }

    [Fact]
    public void An_expression_that_only_marks_as_read_looks_at_the_sum_too() =>
        Assert.Equal([1], Positives(new FeedbackPolicy([], [], ["watch<30"]), ("watch", 1, 20, 10), ("watch", 2, 20, 20), ("watch", 1, 20, 30)));

    [Fact]
    public void What_is_dated_ahead_has_no_say_until_its_time_has_come()
    {
        Assert.Equal([1], Positives(Default, ("like", 1, 0, 1000), ("like", 2, 0, 1001), ("dislike", 1, 0, 1001), ("like", 3, 0, 2000)));
        Assert.Empty(Positives(Default, ("like", 2, 0, 1001), ("like", 3, 0, 2000)));
        Assert.Equal([1], Positives(new FeedbackPolicy(["rating>=4"], [], []), ("rating", 1, 5, 10), ("rating", 2, 2, 20), ("rating", 2, 2, 1001), ("rating", 1, -3, 1001)));
    }

    [Fact]
    public void A_delayed_write_back_marks_as_read_only_when_its_time_has_come()
    {
        var events = Events(("like", 1, 0, 10), ("read", 2, 0, 20), ("read", 3, 0, 1000));
        var items = new int[events.Length];
        Assert.Equal([1, 2], items[..HistoryReader.ReadItems(events, Default, 999, items)]);
        Assert.Equal([1, 2, 3], items[..HistoryReader.ReadItems(events, Default, 1000, items)]);
    }

    [Fact]
    public void What_nobody_dated_has_been_read_whatever_the_clock_says()
    {
        FeedbackEvent[] events = [new(1, 0, 10, FeedbackTypes.NumberOf("read"), true), new(2, 0, 1050, FeedbackTypes.NumberOf("read"), false), new(3, 0, 500_000, FeedbackTypes.NumberOf("like"), false)];
        Assert.Equal([1, 2, 3], Read(Default, events));
    }

    [Fact]
    public void Likes_and_dislikes_that_count_already_have_been_read_too()
    {
        Assert.Equal([1, 2, 3], Read(Default, Events(("like", 1, 0, 1000), ("like", 2, 0, 30_000), ("dislike", 3, 0, 61_000), ("like", 4, 0, 61_001))));
        Assert.Equal([1, 3], Read(new FeedbackPolicy(["watch>=3"], [], []), Events(("watch", 1, 2, 10), ("watch", 2, 1, 2000), ("watch", 3, 3, 3000), ("watch", 4, 2, 4000), ("watch", 4, 2, 70_000))));
    }

    [Fact]
    public void Sums_of_a_long_history_are_those_of_all_of_it_however_few_are_asked_for()
    {
        var policy = new FeedbackPolicy(["rating>=4"], ["rating<1"], []);
        var random = new Random(3);
        var events = Enumerable.Range(0, 6000).Select(i => (random.Next(8) == 0 ? "like" : "rating", random.Next(3000), (float)random.Next(-2, 4), (long)i / 6)).ToArray();
        var sums = events.GroupBy(e => (e.Item1, e.Item2)).ToDictionary(g => g.Key, g => g.Sum(e => (double)e.Item3));
        var (expected, decided) = (new List<int>(), new HashSet<int>());
        foreach (var (type, item, _, _) in events.Reverse())
        {
            if (type == "rating" && (sums[(type, item)] >= 4 || sums[(type, item)] < 1) && decided.Add(item) && sums[(type, item)] >= 4)
            {
                expected.Add(item);
            }
        }

        Assert.InRange(expected.Count, 300, 3000);
        foreach (var count in new[] { 1, 20, 300, 3000 })
        {
            Assert.Equal(expected.Take(count), Positives(policy, count, events));
        }
    }

    [Fact]
    public void Few_seeds_of_a_long_history_take_no_memory_that_grows_with_it()
    {
        var policy = new FeedbackPolicy(["rating>=4"], [], []);
        Assert.InRange(BytesFor(100_000), 0, 2 * BytesFor(2000));

        long BytesFor(int length)
        {
            var events = Events([.. Enumerable.Range(0, length).Select(i => ("rating", i, 5f, (long)i))]);
            var seeds = new int[100];
            HistoryReader.PositiveItems(events, policy, long.MaxValue, seeds);
            var before = GC.GetAllocatedBytesForCurrentThread();
            HistoryReader.PositiveItems(events, policy, long.MaxValue, seeds);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    // At 1000, in the order of numbers.
    private static int[] Read(FeedbackPolicy policy, FeedbackEvent[] events)
    {
        var items = new int[events.Length];
        return [.. items[..HistoryReader.ReadItems(events, policy, 1000, items)].Order()];
    }

    private static int[] Positives(FeedbackPolicy policy, params (string, int, float, long)[] events) => Positives(policy, 50, events);

    private static int[] Positives(FeedbackPolicy policy, int count, params (string, int, float, long)[] events)
    {
        var seeds = new int[count];
        return seeds[..HistoryReader.PositiveItems(Events(events), policy, untilMs: 1000, seeds)];
    }

    private static FeedbackEvent[] Events(params (string Type, int Item, float Value, long Time)[] events) =>
        Array.ConvertAll(events, e => new FeedbackEvent(e.Item, e.Value, e.Time, FeedbackTypes.NumberOf(e.Type), true));
}
