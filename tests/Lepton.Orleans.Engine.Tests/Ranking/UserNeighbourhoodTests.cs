using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Tests.Training;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Ranking;

public sealed class UserNeighbourhoodTests
{
    private const int Items = 90;

    [Fact]
    public void Scores_are_those_of_the_regression_over_the_nearest_users()
    {
        var sets = RandomInteractions.Create(400, Items, 41).Distinct();
        var table = UserSample.Draw(sets, int.MaxValue, 1);
        var model = ModelOf(table);
        var items = Enumerable.Range(0, Items).ToArray();
        var scores = new float[Items];
        for (var user = 0; user < 60; user++)
        {
            var history = sets.Of(user).ToArray();
            var expected = NaiveUserNeighbourhood.Scores(table, history, Items);
            var mean = expected.Average();
            var deviation = Math.Sqrt(expected.Average(s => (s - mean) * (s - mean)));

            Ranker.Score(model, history, items, scores, new RankingWorkspace());

            Assert.All(items, item => Assert.Equal(expected[item] / deviation, scores[item], 2e-3));
        }
    }

    [Fact]
    public void The_users_own_history_has_no_say()
    {
        int[] mine = [.. Enumerable.Range(0, 20)];
        var table = new UserTable([0, 20, 23], [.. mine, 0, 1, 50]);
        var scores = new float[2];

        Ranker.Score(ModelOf(table), mine, [50, 60], scores, new RankingWorkspace());

        Assert.True(scores[0] > scores[1]);
        Assert.Equal(0f, scores[1]);
    }

    [Fact]
    public void A_sample_keeps_to_its_bound_and_takes_the_newest_items_of_each_user()
    {
        var sets = new Interactions([0, 150, 152, 153], [.. Enumerable.Range(0, 150), 3, 4, 5], 150);

        var all = UserSample.Draw(sets, 1000, 1);
        var some = UserSample.Draw(RandomInteractions.Create(300, Items, 42).Distinct(), 200, 1);

        Assert.Equal(2, all.Count);
        Assert.Equal(Enumerable.Range(50, 100), all.Of(0).ToArray());
        Assert.Equal([3, 4], all.Of(1).ToArray());
        Assert.InRange(some.Items.Length, 150, 200);
    }

    [Fact]
    public void Tables_that_contradict_themselves_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new UserTable([0, 2], [1]));
        Assert.Throws<ArgumentException>(() => new UserTable([0, 2, 1, 3], [1, 2, 3]));
        Assert.Throws<ArgumentException>(() => new UserTable([0, 1], [-1]));
        Assert.Throws<ArgumentException>(() => new UserTable([0, 101], new int[101]));
    }

    private static RankingModel ModelOf(UserTable table) => new()
    {
        ItemCount = Items,
        Users = table,
        Weights = new BlendWeights { Transitions = 0f, CoOccurrence = 0f, Neighbourhood = 0f, Embedding = 0f, UserNeighbourhood = 1f },
    };
}
