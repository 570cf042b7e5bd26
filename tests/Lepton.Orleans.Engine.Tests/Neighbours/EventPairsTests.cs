using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Neighbours;

public sealed class EventPairsTests
{
    [Fact]
    public void A_rule_fades_with_the_steps_between_its_items()
    {
        var increments = new PairIncrement[10];

        var count = EventPairs.Transitions([7, 8, 9], 1, increments);

        Assert.Equal([new(7, 1, 1f), new(8, 1, 1f / 2), new(9, 1, 1f / 3)], increments[..count]);
    }

    [Fact]
    public void Backward_rules_point_the_other_way_and_weigh_less()
    {
        var increments = new PairIncrement[10];

        var count = EventPairs.Transitions([7, 8], 1, increments, decay: 1f, backward: .8f);

        Assert.Equal([new(7, 1, 1f), new(1, 7, .8f), new(8, 1, .5f), new(1, 8, .4f)], increments[..count]);
    }

    [Fact]
    public void An_item_the_user_had_before_brings_no_co_occurrence()
    {
        Assert.Equal(0, EventPairs.CoOccurrences([3, 1, 2], 1, 3, new PairIncrement[100]));
    }

    [Fact]
    public void A_span_that_is_too_short_is_refused() =>
        Assert.Throws<ArgumentException>(() => EventPairs.Transitions([1, 2, 3], 4, new PairIncrement[2]));

    [Fact]
    public void Learning_event_by_event_gives_the_rules_that_the_exact_count_gives()
    {
        var histories = Gen.Choose(0, 15).ArrayOf().Select(h => h.Distinct().ToArray()).ArrayOf();
        Prop.ForAll(histories.ToArbitrary(), users =>
        {
            var online = new BoundedCounters(50);
            var increments = new PairIncrement[20];
            foreach (var user in users)
            {
                for (var n = 0; n < user.Length; n++)
                {
                    var recent = user[..n].Reverse().ToArray();
                    foreach (var pair in increments[..EventPairs.Transitions(recent, user[n], increments)])
                    {
                        online.Add(pair.Row, pair.Item, pair.Weight);
                    }
                }
            }

            var exact = TransitionCounts.Count(Interactions.From(users, 16), 50);
            for (var row = 0; row < 16; row++)
            {
                Assert.Equal(exact.Totals[row], online.Total(row), 1e-4f);
                var top = online.Top(row, 50);
                for (var k = 0; k < top.Items.Length; k++)
                {
                    Assert.Equal(exact.Rows.Weight(row, top.Items[k]), top.Weights[k], 1e-4f);
                }
            }
        }).QuickCheckThrowOnFailure();
    }
}
