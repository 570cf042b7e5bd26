using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Training;

public sealed class HeldOutTests
{
    private static readonly Interactions Long = Interactions.From([.. Enumerable.Range(0, 40).Select(user => Enumerable.Range(user, 5 + (user % 14)).ToArray())], 60);

    [Fact]
    public void The_ends_of_all_histories_are_held_back_and_some_are_asked_for()
    {
        var heldOut = HeldOut.Split(Long, new WeightLearningOptions { Users = 15, MinimumUsers = 1 }, seed: 1, orderAware: true)!;

        Assert.Equal(15, heldOut.Users.Length);
        Assert.Equal(heldOut.Users.Order().Distinct(), heldOut.Users);
        for (var user = 0; user < Long.UserCount; user++)
        {
            var history = Long.Of(user).ToArray();
            var end = Math.Max(1, history.Length / 5);
            Assert.Equal(history[..^end], heldOut.Training.Of(user).ToArray());
            if (Array.IndexOf(heldOut.Users, user) is >= 0 and var asked)
            {
                Assert.Equal(history[^end..], heldOut.Targets[asked]);
            }
        }
    }

    [Fact]
    public void Without_order_less_is_held_back_and_more_users_are_asked_for_as_many_items()
    {
        var options = new WeightLearningOptions { MinimumUsers = 1, Targets = 20 };

        var ordered = HeldOut.Split(Long, options, seed: 1, orderAware: true)!;
        var unordered = HeldOut.Split(Long, options, seed: 1, orderAware: false)!;

        Assert.InRange(ordered.Targets.Sum(targets => targets.Length), 20, 22);
        Assert.All(unordered.Targets, target => Assert.Single(target));
        Assert.Equal(20, unordered.Users.Length);
        Assert.True(ordered.Users.Length < 20);
    }

    [Fact]
    public void Of_short_histories_only_what_is_asked_for_is_held_back()
    {
        var sessions = Interactions.WithRepeats([.. Enumerable.Range(0, 40).Select(user => new[] { user, user + 1, user })], 60);

        var heldOut = HeldOut.Split(sessions, new WeightLearningOptions { Users = 15, MinimumUsers = 1 }, seed: 1, orderAware: true)!;

        Assert.Equal(15, heldOut.Users.Length);
        Assert.All(Enumerable.Range(0, 40), user => Assert.Equal(heldOut.Users.Contains(user) ? 2 : 3, heldOut.Training.Of(user).Length));
    }

    [Fact]
    public void Where_most_histories_are_short_one_item_of_the_long_ones_is_held_back_too()
    {
        var sessions = Interactions.From([.. Enumerable.Range(0, 40).Select(user => Enumerable.Range(0, user == 7 ? 20 : 4).ToArray())], 20);

        var heldOut = HeldOut.Split(sessions, new WeightLearningOptions { MinimumUsers = 1 }, seed: 1, orderAware: true)!;

        Assert.Contains(7, heldOut.Users);
        Assert.All(heldOut.Targets, targets => Assert.Single(targets));
    }

    [Fact]
    public void What_may_be_listed_again_shows_in_the_histories()
    {
        var options = new WeightLearningOptions { MinimumUsers = 1 };

        Assert.False(HeldOut.Split(Long, options, seed: 1, orderAware: true)!.Repeats);
        Assert.True(HeldOut.Split(Interactions.WithRepeats([[1, 2, 3], [4, 5, 4]], 6), options, seed: 1, orderAware: true)!.Repeats);
    }

    [Fact]
    public void Histories_that_are_too_short_stay_whole()
    {
        var heldOut = HeldOut.Split(Long, new WeightLearningOptions { MinimumUsers = 1, MinimumItems = 10 }, seed: 1, orderAware: true)!;

        Assert.All(Enumerable.Range(0, 40).Where(user => Long.Of(user).Length < 10), user => Assert.Equal(Long.Of(user).Length, heldOut.Training.Of(user).Length));
        Assert.All(heldOut.Users, user => Assert.InRange(Long.Of(user).Length, 10, int.MaxValue));
    }

    [Fact]
    public void Too_few_users_are_nothing_to_learn_from() =>
        Assert.Null(HeldOut.Split(Long, new WeightLearningOptions { MinimumUsers = 41 }, seed: 1, orderAware: true));
}
