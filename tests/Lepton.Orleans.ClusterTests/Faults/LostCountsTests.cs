using System.Globalization;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Faults;

public sealed class LostCountsTests(ITestOutputHelper output) : FaultTest(output)
{
    // So many that a round of checkpoints takes far longer than the test takes to kill the silo.
    private const int Items = 6000;

    // Too few to be due for a build because of growth.
    private const int Late = 400;
    private static readonly (string Key, string Value) CheckInterval = ("Lepton:Training:CheckInterval", "00:00:01");
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Counts_that_kill_9_took_are_counted_anew_without_being_asked_for()
    {
        var silo = await StartAsync(new SiloProcess(CheckInterval));
        await LikeAsync(silo.Client, Enumerable.Range(0, Items));
        await Eventually.TrueAsync(silo.Client.BuildAsync, "the model must be built", Deadline, Cancelled);
        await LikeAsync(silo.Client, Enumerable.Range(Items, Late));
        await CountedAsync(silo);

        await silo.KillAsync();
        await silo.StartAsync(Cancelled);
        await CountedAsync(silo);
    }

    private static Task CountedAsync(SiloProcess silo) => Eventually.TrueAsync(
        async token => await silo.Client.PositiveFeedbackAsync(token) == Items + Late,
        $"{Items + Late} likes must be counted",
        Deadline,
        Cancelled);

    /// <summary>Each like by another user, of another item.</summary>
    private static async Task LikeAsync(LeptonRestClient client, IEnumerable<int> numbers)
    {
        foreach (var chunk in numbers.Chunk(1000))
        {
            var rows = chunk.Select(n => new FeedbackRow
            {
                FeedbackType = "like",
                UserId = string.Create(CultureInfo.InvariantCulture, $"viewer-{n}"),
                ItemId = string.Create(CultureInfo.InvariantCulture, $"film-{n}"),
                Value = 1,
                Timestamp = DateTime.UnixEpoch.AddDays(20_000).AddSeconds(n),
            }).ToList();
            Assert.Equal(Outcome.Acknowledged, (await client.PostFeedbackAsync(rows, Cancelled)).Outcome);
        }
    }
}
