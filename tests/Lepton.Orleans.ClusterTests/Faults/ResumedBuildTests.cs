using System.Globalization;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Faults;

public sealed class ResumedBuildTests(ITestOutputHelper output) : FaultTest(output)
{
    private const int Users = 600;
    private const int Items = 400;

    // What a crash and the build after it may change in a score or a counter; and how many places of lists must be the same.
    private const double Tolerance = 1e-3;
    private const double SamePlaces = .98;

    private static readonly (string Key, string Value)[] Settings =
        [("Lepton:Training:Automatic", "false"), ("Lepton:Training:Parallelism", "1"), ("Lepton:Ranking:MaxAge", "00:00:00.100")];
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData("LearningWeights")]
    [InlineData("Neighbourhoods")]
    public async Task A_build_that_kill_9_cut_off_is_taken_up_and_ends_as_if_nothing_had_happened(string stage)
    {
        var quiet = await StartAsync(new SiloProcess(Settings));
        var silo = await StartAsync(new SiloProcess(Settings));
        foreach (var each in new[] { quiet, silo })
        {
            await SeedAsync(each.Client);
        }

        Assert.Equal(Outcome.Acknowledged, (await AnswerAsync(quiet.Client.StartBuildAsync)).Outcome);
        await BuiltAsync(quiet, after: 0);
        var before = await CutOffAsync(silo, stage);
        await silo.StartAsync(Cancelled);

        // Nobody asks for it, and builds do not start by themselves.
        await BuiltAsync(silo, after: before);
        await CompareAsync(quiet.Client, silo.Client);
    }

    /// <summary>Kills the silo while a build is at a stage. Returns the newest build that was finished before.</summary>
    private async Task<long> CutOffAsync(SiloProcess silo, string stage)
    {
        var finished = 0L;
        await Eventually.TrueAsync(
            async token =>
            {
                // A build may be through before it is seen at its stage: then there is another.
                var status = await silo.Client.BuildStatusAsync(token);
                finished = status.ModelVersion;
                if (status.State != "Running")
                {
                    await silo.Client.StartBuildAsync(token);
                }

                return status.State == "Running" && status.Stage == stage;
            },
            $"a build must be seen at {stage}",
            Deadline,
            Cancelled);
        await silo.KillAsync();
        Output.WriteLine($"killed at {stage}, after build {finished}");
        return finished;
    }

    private static Task BuiltAsync(SiloProcess silo, long after) => Eventually.TrueAsync(
        async token => await silo.Client.BuildStatusAsync(token) is ("Succeeded", _, var version) && version > after, "the build must end", Deadline, Cancelled);

    private async Task CompareAsync(LeptonRestClient quiet, LeptonRestClient crashed)
    {
        var counted = await quiet.PositiveFeedbackAsync(Cancelled);
        await Eventually.TrueAsync(async token => await crashed.PositiveFeedbackAsync(token) == counted, $"{counted} likes must be counted", Deadline, Cancelled);
        var (worst, compared) = (0.0, 0);
        for (var item = 0; item < Items; item += 7)
        {
            foreach (var recommender in new[] { "transitions", "co-occurrence", "neighbourhood" })
            {
                var path = $"api/item-to-item/{recommender}/{Id("film-", item)}?n=50";
                var (expected, actual) = (await quiet.ScoresAsync(path, Cancelled), (await crashed.ScoresAsync(path, Cancelled)).ToDictionary(s => s.Id, s => s.Score));
                foreach (var (id, score) in expected.SkipLast(5))
                {
                    worst = Math.Max(worst, Math.Abs(actual.GetValueOrDefault(id) - score) / Math.Max(Math.Abs(score), 1e-6));
                    compared++;
                }
            }
        }

        var same = 0;
        for (var user = 0; user < Users; user += 6)
        {
            var expected = await quiet.RecommendAsync(Id("viewer-", user), 10, Cancelled);
            same += (await crashed.RecommendAsync(Id("viewer-", user), 10, Cancelled)).Zip(expected).Count(pair => pair.First == pair.Second);
        }

        var places = 10.0 * Math.Ceiling(Users / 6.0);
        Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{compared} scores differ by {worst:P4} at most; {same} of {places} places of lists are the same"));
        Assert.True(compared > 500);
        Assert.True(worst <= Tolerance, $"A score differs by {worst:P3}.");
        Assert.True(same >= SamePlaces * places, $"Only {same} of {places} places are the same.");
    }

    /// <summary>Items one after the other, so that they have the same numbers in both services.</summary>
    private static async Task SeedAsync(LeptonRestClient client)
    {
        for (var item = 0; item < Items; item++)
        {
            var row = new ItemRow(Id("film-", item), Id("Film ", item), []);
            Assert.Equal(Outcome.Acknowledged, (await AnswerAsync(token => client.PostItemsAsync([row], token))).Outcome);
        }

        var random = new Random(11);
        var rows = Enumerable.Range(0, Users).SelectMany(user => Enumerable.Range(0, 25).Select(n => new FeedbackRow
        {
            FeedbackType = "like",
            UserId = Id("viewer-", user),
            ItemId = Id("film-", random.Next(3) == 0 ? random.Next(Items) : (random.Next(Items / 8) * 8) + (user % 8)),
            Timestamp = DateTime.UnixEpoch.AddDays(20_000).AddMinutes((user * 100) + n),
        })).DistinctBy(row => row.Key).ToList();
        foreach (var chunk in rows.Chunk(1000))
        {
            Assert.Equal(Outcome.Acknowledged, (await AnswerAsync(token => client.PostFeedbackAsync(chunk, token))).Outcome);
        }
    }

    private static string Id(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}");
}
