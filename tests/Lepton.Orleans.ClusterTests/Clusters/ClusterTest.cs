using System.Globalization;
using System.Text.Json;
using Lepton.Orleans.ClusterTests.Faults;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Clusters;

/// <summary>A test of several silos on one Consul and one Redis.</summary>
public abstract class ClusterTest(ITestOutputHelper output) : FaultTest(output)
{
    private protected const int Active = 3;
    private protected const int Dead = 6;
    private const double Uneven = .2;

    // Orleans has much to say of a silo that is gone; what the service says must not drown in it.
    private protected static readonly (string Key, string Value) Quiet = ("Logging:LogLevel:Orleans", "None");

    private protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private protected ConsulProcess Consul { get; private set; } = null!;

    private protected RedisProcess Redis { get; private set; } = null!;

    private protected List<SiloProcess> Silos { get; } = [];

    /// <summary>Starts Consul, Redis and the silos, all at once.</summary>
    private protected Task StartClusterAsync(int silos, params IReadOnlyList<(string Key, string Value)> settings) => StartClusterAsync(silos, null, settings);

    /// <summary>The same, the first silo within a group that can be cut off.</summary>
    private protected async Task StartClusterAsync(int silos, NetworkGroup? firstWithin, params IReadOnlyList<(string Key, string Value)> settings) =>
        await StartClusterAsync(silos, await StartAsync(ConsulProcess.FindOrSkip()), firstWithin, settings);

    /// <summary>The same, in a Consul that runs.</summary>
    private protected async Task StartClusterAsync(int silos, ConsulProcess consul, NetworkGroup? firstWithin, params IReadOnlyList<(string Key, string Value)> settings)
    {
        (Consul, Redis) = (consul, await StartAsync(RedisProcess.FindOrSkip()));
        Silos.AddRange(Enumerable.Range(0, silos).Select(_ => SiloProcess.In(Consul, Redis, [Quiet, .. settings])));
        Silos[0].Network = firstWithin;
        await Task.WhenAll(Silos.Select(StartAsync));
        await MembersAsync(silos, Active);
    }

    /// <summary>Returns when so many rows of the membership have a status.</summary>
    private protected Task MembersAsync(int count, int status) => Eventually.TrueAsync(
        async token => (await StatusesAsync(token)).Count(row => row.Status == status) == count, $"{count} silos must have status {status}", Deadline, Cancelled);

    /// <summary>Returns when the newest row of a silo has a status.</summary>
    private protected Task StatusAsync(SiloProcess silo, int status) => Eventually.TrueAsync(
        async token => (await StatusesAsync(token)).Where(row => row.SiloPort == silo.SiloPort).OrderBy(row => row.Generation).LastOrDefault().Status == status,
        $"the silo must have status {status}",
        Deadline,
        Cancelled);

    /// <summary>The membership as Consul has it.</summary>
    private protected async Task<IReadOnlyList<(int SiloPort, int Generation, int Status)>> StatusesAsync(CancellationToken cancellationToken)
    {
        var rows = new List<(int, int, int)>();
        foreach (var (key, value) in await Consul.KeysAsync("orleans/lepton/", cancellationToken))
        {
            if (key[(key.LastIndexOf('/') + 1)..].Split(':', '@') is [_, var port, var generation])
            {
                using var row = JsonDocument.Parse(value);
                rows.Add((int.Parse(port, CultureInfo.InvariantCulture), int.Parse(generation, CultureInfo.InvariantCulture), row.RootElement.GetProperty("Status").GetInt32()));
            }
        }

        return rows;
    }

    /// <summary>Items that lists can be made of, and counts enough for a list.</summary>
    private protected async Task SeedAsync(int items)
    {
        var rows = Enumerable.Range(0, items).Select(item => new ItemRow(string.Create(CultureInfo.InvariantCulture, $"film-{item}"), "", [])).ToList();
        Assert.Equal(Outcome.Acknowledged, (await Silos[0].Client.PostItemsAsync(rows, Cancelled)).Outcome);

        // Of the lists, those of users come from their own silos, whichever is asked.
        await Task.WhenAll(Silos.Select(silo => Eventually.TrueAsync(
            async token => (await silo.Client.ScoresAsync("api/latest?n=10", token)).Count == 10, "each silo must know the items", Deadline, Cancelled)));
    }

    /// <summary>Returns when the silos have an answer for each of the load's users again, and how many asked in vain on the way.</summary>
    private protected static async Task<int> AllUsersServedAsync(params IReadOnlyList<SiloProcess> silos)
    {
        var failures = 0;
        await Task.WhenAll(silos.SelectMany(silo => Enumerable.Range(0, FeedbackLoad.Users).Chunk(50).Select(async users =>
        {
            foreach (var user in users)
            {
                await Eventually.TrueAsync(
                    async token =>
                    {
                        var answer = await silo.Client.GetRecommendAnswerAsync(string.Create(CultureInfo.InvariantCulture, $"u{user}"), token);
                        if (answer.Outcome == Outcome.Acknowledged)
                        {
                            return true;
                        }

                        Interlocked.Increment(ref failures);
                        return false;
                    },
                    $"u{user} must be served",
                    Deadline,
                    Cancelled);
            }
        })));
        return failures;
    }

    /// <summary>How many grains of a type each silo has.</summary>
    private protected async Task<int[]> ActivationsAsync(string grain, CancellationToken cancellationToken) =>
        await Task.WhenAll(Silos.Select(silo => silo.Client.ActivationsAsync(grain, cancellationToken)));

    /// <summary>How many silos each has seen die that had not said that they leave.</summary>
    private protected static async Task<double?[]> LostAsync(IEnumerable<SiloProcess> silos) =>
        await Task.WhenAll(silos.Select(silo => silo.Client.MetricAsync("lepton_cluster_silos_lost_total", Cancelled)));

    /// <summary>Whether each has its share, within a fifth.</summary>
    private protected static bool IsEven(int[] loads) => loads.All(load => Math.Abs(load - loads.Average()) <= Uneven * loads.Average());

    /// <summary>Every write was acknowledged and every list came.</summary>
    private protected void AssertNoneFailed(Ledger ledger, ListLoad lists)
    {
        foreach (var answer in ledger.Failures.Concat(lists.Failures).Take(20))
        {
            Output.WriteLine(answer.ToString());
        }

        Assert.Empty(ledger.Failures);
        Assert.Empty(lists.Failures);
    }

    /// <summary>Stops all silos, and compares with what a new one reads from the store.</summary>
    private protected async Task<LedgerReport> CompareAfterRestartAsync(Ledger ledger)
    {
        await Task.WhenAll(Silos.Where(silo => silo.IsRunning).Select(silo => silo.StopAsync(Cancelled)));
        await Silos[0].StartAsync(Cancelled);
        var report = await LedgerComparison.CompareAsync(Silos[0].Client, ledger, Cancelled);
        Output.WriteLine(report.ToString());
        return report;
    }
}
