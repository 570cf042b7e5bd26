using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Training;

public sealed class InteractionsTests
{
    [Fact]
    public void An_item_that_a_user_has_twice_keeps_its_last_place()
    {
        var interactions = Interactions.From([[1, 2, 1, 3], [], [0]], 4);

        Assert.Equal([2, 1, 3], interactions.Of(0).ToArray());
        Assert.True(interactions.Of(1).IsEmpty);
        Assert.Equal([1f, 1f, 1f, 1f], interactions.CountItems());
    }

    [Fact]
    public void Repeats_stay_where_they_are_wanted_until_they_are_removed()
    {
        var interactions = Interactions.WithRepeats([[1, 2, 1], [3]], 4);

        Assert.Equal([1, 2, 1], interactions.Of(0).ToArray());
        Assert.Equal([2, 1], interactions.Distinct().Of(0).ToArray());
        var distinct = interactions.Distinct();
        Assert.Same(distinct, distinct.Distinct());
    }

    [Fact]
    public void Arrays_that_contradict_themselves_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Interactions([], [], 1));
        Assert.Throws<ArgumentException>(() => new Interactions([0, 2], [0], 1));
        Assert.Throws<ArgumentException>(() => new Interactions([0, 2, 1], [0], 1));
        Assert.Throws<ArgumentException>(() => new Interactions([0, 1], [1], 1));
        Assert.Throws<ArgumentException>(() => new Interactions([0, 1], [-1], 1));
    }
}
