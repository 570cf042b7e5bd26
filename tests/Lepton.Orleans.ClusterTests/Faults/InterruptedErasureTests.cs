using System.Globalization;
using System.Net;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Faults;

public sealed class InterruptedErasureTests(ITestOutputHelper output) : FaultTest(output)
{
    private const int Users = 60;
    private const int Lasting = 10;
    private const int Items = 40;
    private const int Likes = 12;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task After_kill_9_the_repeated_erasures_leave_nothing_on_the_embedded_store() => await EraseAsync(new SiloProcess());

    [Fact]
    public async Task After_kill_9_the_repeated_erasures_leave_nothing_on_redis() =>
        await EraseAsync(SiloProcess.On(await StartAsync(RedisProcess.FindOrSkip())));

    private async Task EraseAsync(SiloProcess silo)
    {
        await StartAsync(silo);
        for (var round = 0; round < Rounds; round++)
        {
            var rows = Enumerable.Range(0, Users + Lasting).SelectMany(user => Enumerable.Range(0, Likes).Select(n => new FeedbackRow
            {
                FeedbackType = "like",
                UserId = Id(user),
                ItemId = string.Create(CultureInfo.InvariantCulture, $"film-{((user * 7) + (n * 3)) % Items}"),
                Timestamp = DateTime.UnixEpoch.AddDays(20_000).AddMinutes(n),
            })).ToList();
            Assert.Equal(Outcome.Acknowledged, (await AnswerAsync(token => silo.Client.PostFeedbackAsync(rows, token))).Outcome);
            var lasting = await silo.Client.FeedbackOfAsync(Id(Users), Cancelled);

            // Killed as soon as some are through, with others under way.
            var (erased, enough) = (0, new TaskCompletionSource());
            var erasures = Enumerable.Range(0, Users).Select(async user =>
            {
                if ((await silo.Client.DeleteUserAsync(Id(user), Cancelled)).Outcome == Outcome.Acknowledged && Interlocked.Increment(ref erased) == 10 * (round + 1))
                {
                    enough.SetResult();
                }
            }).ToArray();
            await enough.Task.WaitAsync(Cancelled);
            await silo.KillAsync();
            await Task.WhenAll(erasures);
            await silo.StartAsync(Cancelled);

            var repeated = 0;
            for (var user = 0; user < Users; user++)
            {
                var answer = await AnswerAsync(token => silo.Client.DeleteUserAsync(Id(user), token));
                Assert.True(answer.Outcome == Outcome.Acknowledged || answer.Status == HttpStatusCode.NotFound, answer.ToString());
                repeated += answer.Outcome == Outcome.Acknowledged ? 1 : 0;
            }

            for (var user = 0; user < Users; user++)
            {
                Assert.Empty(await silo.Client.RemainsAsync(Id(user), Cancelled));
            }

            Output.WriteLine($"{erased} of {Users} erasures were acknowledged before the kill, {repeated} were left to be repeated, nothing remains");
            Assert.Equal(lasting, await silo.Client.FeedbackOfAsync(Id(Users), Cancelled));
            Assert.NotEmpty(await silo.Client.RemainsAsync(Id(Users), Cancelled));
        }

        // What the kills may have kept in the counters, the next build counts anew.
        Assert.Equal(Outcome.Acknowledged, (await AnswerAsync(silo.Client.StartBuildAsync)).Outcome);
        await Eventually.TrueAsync(
            async token => await silo.Client.PositiveFeedbackAsync(token) == Lasting * Likes, "only those who stayed must be counted", Deadline, Cancelled);
    }

    private static string Id(int user) => string.Create(CultureInfo.InvariantCulture, $"viewer-{user}");
}
