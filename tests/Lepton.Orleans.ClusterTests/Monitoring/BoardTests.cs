using System.Text.Json;
using Lepton.Orleans.ClusterTests.Faults;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Monitoring;

public sealed class BoardTests(ITestOutputHelper output) : FaultTest(output)
{
    private const string Key = "the-admin";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(240);

    [Fact]
    public async Task Every_query_of_the_board_shows_something_of_a_silo_under_load_and_no_alert_fires()
    {
        var executable = Executable.FindOrSkip("prometheus");
        var kafka = await StartAsync(KafkaProcess.FindOrSkip());
        var silo = await StartAsync(new SiloProcess([("Lepton:ApiKeys:0", Key), .. KafkaFeedback.Settings(kafka)]));
        silo.Client.UseKey(Key);
        var prometheus = await StartAsync(new PrometheusProcess(executable, silo.Address, Key));
        using var feedback = new KafkaFeedback(kafka, new Ledger());
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var load = LoadAsync(silo.Client, feedback, ending.Token);
        try
        {
            await Eventually.TrueAsync(silo.Client.BuildAsync, "a model must be built", Deadline, Cancelled);
            var empty = Queries();
            Assert.NotEmpty(empty);
            try
            {
                await Eventually.TrueAsync(
                    async token =>
                    {
                        var left = new List<(string Panel, string Query)>();
                        foreach (var (panel, query) in empty)
                        {
                            if ((await prometheus.QueryAsync(query, token)).Count == 0)
                            {
                                left.Add((panel, query));
                            }
                        }

                        empty = left;
                        return left.Count == 0;
                    },
                    "no panel may be empty",
                    Deadline,
                    Cancelled);
            }
            catch (TimeoutException)
            {
                Assert.Fail($"Nothing is shown for\n{string.Join('\n', empty)}");
            }

            foreach (var (panel, query) in Queries())
            {
                Output.WriteLine($"{panel}: {string.Join(' ', await prometheus.QueryAsync(query, Cancelled))}");
            }

            Assert.Equal([1], await prometheus.QueryAsync("up", Cancelled));
            Assert.Empty(await prometheus.QueryAsync("ALERTS{alertstate=\"firing\"}", Cancelled));
        }
        finally
        {
            await ending.CancelAsync();
            await load;
        }
    }

    private static List<(string Panel, string Query)> Queries()
    {
        using var board = JsonDocument.Parse(File.ReadAllText(Deployed.File("grafana", "dashboards", "lepton.json")));
        return
        [
            .. from panel in board.RootElement.GetProperty("panels").EnumerateArray()
               where panel.GetProperty("type").GetString() != "row"
               from target in panel.GetProperty("targets").EnumerateArray()
               select (panel.GetProperty("title").GetString()!, target.GetProperty("expr").GetString()!.Replace("$__rate_interval", "1m", StringComparison.Ordinal)),
        ];
    }

    // A few users who like some items, now and then the first of their list, and one whose comments are long enough for a journal to be folded.
    private static async Task LoadAsync(LeptonRestClient client, KafkaFeedback feedback, CancellationToken cancellationToken)
    {
        var comment = new string('x', 3000);
        try
        {
            for (var i = 0; ; i++)
            {
                await client.PostFeedbackAsync(
                    [
                        .. Enumerable.Range(0, 20).Select(j => new FeedbackRow { FeedbackType = "like", UserId = $"u{j}", ItemId = $"i{(i + (j * j)) % 2000}" }),
                        new FeedbackRow { FeedbackType = "view", UserId = "u0", ItemId = $"i{i % 50}", Comment = comment },
                    ],
                    cancellationToken);
                await feedback.ProduceAsync($"k{i % 20}", JsonSerializer.SerializeToUtf8Bytes(new { FeedbackType = "like", ItemId = $"i{i % 50}" }));
                if (await client.RecommendAsync($"u{i % 20}", 10, cancellationToken) is [var first, ..])
                {
                    await client.PostFeedbackAsync([new FeedbackRow { FeedbackType = "like", UserId = $"u{i % 20}", ItemId = first }], cancellationToken);
                }

                await Task.Delay(100, cancellationToken); // a load, not a wait
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }
}
