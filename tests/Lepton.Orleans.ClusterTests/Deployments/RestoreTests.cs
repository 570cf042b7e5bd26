using System.Globalization;
using Lepton.Orleans.ClusterTests.Faults;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Deployments;

/// <summary>What docs/operations.md says about backups of Redis, done step by step.</summary>
public sealed class RestoreTests(ITestOutputHelper output) : FaultTest(output)
{
    private const string Dump = "dump.rdb";
    private const string Log = "appendonlydir";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_snapshot_that_Redis_has_written_is_restored_into_an_empty_one_with_everything_that_was_acknowledged()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        var silo = await StartAsync(SiloProcess.On(redis));
        var rows = Enumerable.Range(0, 200).Select(i => new FeedbackRow { FeedbackType = "like", UserId = Id("u", i % 20), ItemId = Id("i", i) }).ToList();
        Assert.Equal(Outcome.Acknowledged, (await AnswerAsync(token => silo.Client.PostFeedbackAsync(rows, token))).Outcome);
        await redis.SaveAsync(Cancelled);
        await Eventually.TrueAsync(
            async token => (await redis.InfoAsync("INFO persistence", token))["rdb_bgsave_in_progress"] == "0" && File.Exists(Path.Combine(redis.Directory, Dump)),
            "the snapshot must be written",
            Deadline,
            Cancelled);
        await silo.KillAsync();

        // Once without the log, which is then written from what was read.
        var reader = RedisProcess.WithoutLogOrSkip();
        File.Copy(Path.Combine(redis.Directory, Dump), Path.Combine(reader.Directory, Dump));
        await redis.KillAsync();
        await StartAsync(reader);
        await reader.ConfigureAsync("appendonly", "yes", Cancelled);
        await Eventually.TrueAsync(
            async token => await reader.InfoAsync("INFO persistence", token) is var info && info["aof_enabled"] == "1" && info["aof_rewrite_in_progress"] == "0",
            "the log must be written",
            Deadline,
            Cancelled);
        Assert.Equal(0, await reader.StopAsync(Cancelled));

        var restored = RedisProcess.FindOrSkip();
        Directory.CreateDirectory(Path.Combine(restored.Directory, Log));
        foreach (var file in Directory.GetFiles(Path.Combine(reader.Directory, Log)))
        {
            File.Copy(file, Path.Combine(restored.Directory, Log, Path.GetFileName(file)));
        }

        await StartAsync(restored);
        var again = await StartAsync(SiloProcess.On(restored));
        var found = await again.Client.AllFeedbackAsync(Cancelled).ToListAsync(Cancelled);
        Assert.Equal(rows.Select(row => row.Key.ToString()).Order(StringComparer.Ordinal), found.Select(row => row.Key.ToString()).Order(StringComparer.Ordinal));
    }

    private static string Id(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}");
}
