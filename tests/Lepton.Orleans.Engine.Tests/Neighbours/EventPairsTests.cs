using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Neighbours;

public sealed class EventPairsTests
{
    [Fact]
    public void A_rule_fades_with_the_steps_between_its_items_and_a_co_occurrence_fades_less_and_goes_both_ways()
    {
        var increments = new PairIncrement[6];
        var (second, third) = (1f / MathF.Sqrt(2), 1f / MathF.Sqrt(3));

        var count = EventPairs.Count([7, 8, 9], 1, increments);

        Assert.Equal(
            [
                new(7, 1, 1f, 1f), new(1, 7, 0f, .8f),
                new(8, 1, 1f / 2, second), new(1, 8, 0f, .8f * second),
                new(9, 1, 1f / 3, third), new(1, 9, 0f, .8f * third),
            ],
            increments[..count]);
    }

    [Fact]
    public void A_rule_reaches_no_further_back_than_its_window()
    {
        var increments = new PairIncrement[6];

        EventPairs.Count([7, 8, 9], 1, increments, ruleWindow: 2);

        Assert.Equal([1f, .5f, 0f], increments.Where(i => i.Item == 1).Select(i => i.Rule));
    }

    [Fact]
    public void An_item_the_user_had_before_brings_no_co_occurrence()
    {
        var increments = new PairIncrement[6];

        var count = EventPairs.Count([3, 1, 2], 1, increments);

        Assert.Equal([new(3, 1, 1f, 0f), new(1, 3, 0f, 0f), new(2, 1, 1f / 3, 0f), new(1, 2, 0f, 0f)], increments[..count]);
    }

    [Fact]
    public void A_span_that_is_too_short_is_refused() =>
        Assert.Throws<ArgumentException>(() => EventPairs.Count([1, 2, 3], 4, new PairIncrement[5]));

    [Fact]
    public void Learning_event_by_event_gives_what_the_exact_count_gives()
    {
        var histories = Gen.Choose(0, 15).ArrayOf().Select(h => h.Distinct().ToArray()).ArrayOf();
        Prop.ForAll(histories.ToArbitrary(), users =>
        {
            var online = new NeighbourCounters();
            var increments = new PairIncrement[40];
            foreach (var user in users)
            {
                for (var n = 0; n < user.Length; n++)
                {
                    var recent = user[..n].Reverse().ToArray();
                    foreach (var pair in increments[..EventPairs.Count(recent, user[n], increments)])
                    {
                        online.Add(pair);
                    }
                }
            }

            var exact = TransitionCounts.Count(Interactions.From(users, 16), 50);
            var both = TransitionCounts.Count(Interactions.From(users, 16), 50, EventPairs.DefaultCoOccurrenceWindow, EventPairs.DefaultCoOccurrenceDecay, EventPairs.DefaultBackwardShare);
            var (items, weights) = (new int[50], new float[50]);
            for (var row = 0; row < 16; row++)
            {
                Assert.Equal(exact.Totals[row], online.RuleTotal(row), 1e-4f);
                Assert.Equal(exact.Rows.Items(row).Length, online.TopRules(row, items, weights));
                for (var k = 0; k < exact.Rows.Items(row).Length; k++)
                {
                    Assert.Equal(exact.Rows.Weight(row, items[k]), weights[k], 1e-4f);
                }

                Assert.Equal(both.Rows.Items(row).Length, online.TopPairs(row, items, weights));
                for (var k = 0; k < both.Rows.Items(row).Length; k++)
                {
                    Assert.Equal(both.Rows.Weight(row, items[k]), weights[k], 1e-4f);
                }
            }
        }).QuickCheckThrowOnFailure();
    }
}
