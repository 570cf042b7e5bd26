using System.Diagnostics;
using Lepton.Orleans.Silo.Tests.Api;

namespace Lepton.Orleans.Silo.Tests.Telemetry;

[Collection(TelemetryCollection.Name)]
public sealed class MetricsTests(LeptonServer server) : IClassFixture<LeptonServer>
{
    private const string Requests = "http_server_request_duration_seconds_count";
    private const string ListRoute = "http_route=\"/api/recommend/{user}\"";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task Requests_feedback_rankings_and_the_store_are_counted_as_they_happen()
    {
        var (user, item) = (ApiClient.Unique("watched"), ApiClient.Unique("seen"));
        var before = await Scrape.ReadAsync(api);
        await api.WriteAsync("POST", "/api/feedback", Rows(user, item, 20));
        for (var i = 0; i < 3; i++)
        {
            _ = await api.GetAsync($"/api/recommend/{user}?n=5");
        }

        _ = await api.SendAsync("GET", "/api/recommend/x?n=-1");
        var after = await EventuallyAsync(s => s.Sum(Requests, ListRoute) >= before.Sum(Requests, ListRoute) + 4);

        Assert.True(after.Sum(Requests, ListRoute, "http_response_status_code=\"400\"") > before.Sum(Requests, ListRoute, "http_response_status_code=\"400\""));
        Assert.True(after.Sum("lepton_feedback_received_total") >= before.Sum("lepton_feedback_received_total") + 20);
        Assert.True(after.Sum("lepton_feedback_changed_total") >= before.Sum("lepton_feedback_changed_total") + 20);
        Assert.True(after.Sum("lepton_journal_appends_total") > before.Sum("lepton_journal_appends_total"));
        const string ranked = "lepton_ranking_duration_seconds_count";
        const string candidates = "lepton_ranking_stage=\"candidates\"";

        Assert.True(after.Sum(ranked, candidates) > before.Sum(ranked, candidates));

        // Three lists of one user who did nothing in between: one of them was the first with what the user had done before.
        Assert.Equal(before.Sum("lepton_ranking_freshness_seconds_count") + 1, after.Sum("lepton_ranking_freshness_seconds_count"));
        foreach (var duration in new[] { "http_server_request", "db_client_operation", "lepton_ranking", "lepton_replica_refresh" })
        {
            // Seconds, and no other unit: nothing here has run for a day.
            Assert.InRange(after.Sum($"{duration}_duration_seconds_sum"), double.Epsilon, TimeSpan.FromDays(1).TotalSeconds);
        }

        const string store = "db_client_operation_duration_seconds_count";
        foreach (var operation in new[] { "open", "commit" })
        {
            Assert.True(after.Sum(store, $"db_operation_name=\"{operation}\"") > before.Sum(store, $"db_operation_name=\"{operation}\""), operation);
        }
    }

    [Fact]
    public async Task What_follows_a_list_is_counted_by_whether_the_list_showed_it()
    {
        const string follows = "lepton_list_feedback_total";
        const string hit = "lepton_list_hit=\"true\"";
        const string miss = "lepton_list_hit=\"false\"";
        var (user, other) = (ApiClient.Unique("clicks"), ApiClient.Unique("seen"));
        await api.WriteAsync("POST", "/api/feedback", Rows(ApiClient.Unique("friend"), other, 5));
        _ = await api.EventuallyAsync($"/api/recommend/{user}?n=5", list => list.GetArrayLength() > 0);
        var before = await Scrape.ReadAsync(api);

        var list = (await api.GetAsync($"/api/recommend/{user}?n=5")).EnumerateArray().Select(id => id.GetString()!).ToList();
        await api.WriteAsync("POST", "/api/feedback", new[] { Like(user, list[0]) });

        // The list that is sent is counted, and one that is refused, or shows nothing, is not.
        const string served = "lepton_lists_served_total";
        var shown = await EventuallyAsync(s => s.Sum(follows, hit) > before.Sum(follows, hit));
        Assert.Equal(before.Sum(served, "lepton_scenario=\"recommend\"") + 1, shown.Sum(served, "lepton_scenario=\"recommend\""));
        _ = await api.SendAsync("GET", $"/api/recommend/{user}?n=-1");
        _ = await api.GetAsync($"/api/recommend/{user}?n=5&offset=900");

        // Nothing was shown since.
        await api.WriteAsync("POST", "/api/feedback", new[] { Like(user, $"{other}-none") });
        _ = await api.GetAsync($"/api/recommend/{user}?n=5");
        await api.WriteAsync("POST", "/api/feedback", new[] { Like(user, $"{other}-another") });
        var after = await EventuallyAsync(s => s.Sum(follows, miss) > before.Sum(follows, miss));

        Assert.Equal(before.Sum(follows, hit) + 1, after.Sum(follows, hit));
        Assert.Equal(before.Sum(follows, miss) + 1, after.Sum(follows, miss));
        Assert.Equal(before.Sum(served) + 2, after.Sum(served));
    }

    [Fact]
    public async Task Silos_replicas_activations_and_collections_are_told()
    {
        // Several series come with the first message or the first refresh.
        _ = await api.GetAsync("/api/recommend/anyone?n=5");
        var scrape = await EventuallyAsync(s => s.Names.IsSupersetOf(
        [
            "lepton_replica_age_seconds",
            "lepton_replica_refresh_duration_seconds_count",
            "lepton_model_version",
            "lepton_catalog_version",
            "lepton_catalog_items",
            "lepton_feedback_positive",
            "lepton_store_queue",
            "lepton_cluster_silos",
            "lepton_cluster_membership_changes_total",
            "lepton_cluster_silos_lost_total",
            "orleans_catalog_activations",
            "dotnet_gc_pause_time_seconds_total",
            "kestrel_active_connections",
        ]));
        Assert.Equal(1, scrape.Sum("lepton_cluster_silos", "lepton_silo_status=\"active\""));
        foreach (var part in new[] { "catalogue", "model" })
        {
            Assert.InRange(scrape.Sum("lepton_replica_age_seconds", $"lepton_replica_part=\"{part}\""), 0, Patience.TotalSeconds);
        }
    }

    [Fact]
    public async Task No_label_is_made_of_users_or_items_and_no_series_comes_with_them()
    {
        var name = ApiClient.Unique("nobody");
        var first = await Scrape.ReadAsync(api);
        await WriteAndReadAsync($"{name}-first");
        var before = await EventuallyAsync(s => s.Sum(Requests, ListRoute) > first.Sum(Requests, ListRoute));
        for (var i = 0; i < 20; i++)
        {
            await WriteAndReadAsync($"{name}-{i}");
        }

        var after = await EventuallyAsync(s => s.Sum(Requests, ListRoute) >= before.Sum(Requests, ListRoute) + 20);

        Assert.DoesNotContain(name, after.Text, StringComparison.Ordinal);
        Assert.Equal(SeriesOf(before), SeriesOf(after));
        Assert.Empty(after.Labels.Except(
        [
            "db_operation_name", "db_system_name", "error_type", "http_request_method", "http_response_status_code", "http_route", "le",
            "lepton_build_state", "lepton_list_hit", "lepton_ranking_stage", "lepton_replica_part", "lepton_scenario", "lepton_silo_status", "lepton_tenant",
            "network_protocol_name", "network_protocol_version", "service_instance_id", "service_name", "service_version",
            "telemetry_sdk_language", "telemetry_sdk_name", "telemetry_sdk_version", "network_transport", "network_type", "server_address", "server_port", "url_scheme",
            "cpu_mode", "gc_heap_generation", "grain_type",
        ]));

        // Of requests, lists and feedback: what others do in the process meanwhile, such as its first collection, is theirs.
        static int SeriesOf(Scrape scrape) => scrape.Text.Split('\n').Count(line =>
            line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal)
            || line.StartsWith("lepton_ranking", StringComparison.Ordinal)
            || line.StartsWith("lepton_feedback", StringComparison.Ordinal)
            || line.StartsWith("lepton_journal_appends", StringComparison.Ordinal));
    }

    private async Task WriteAndReadAsync(string name)
    {
        await api.WriteAsync("POST", "/api/feedback", Rows(name, name, 1));
        _ = await api.GetAsync($"/api/recommend/{name}?n=5");
    }

    private static IEnumerable<object> Rows(string user, string item, int count) => Enumerable.Range(0, count).Select(i => Like(user, $"{item}-{i}"));

    private static object Like(string user, string item) => new { FeedbackType = "like", UserId = user, ItemId = item };

    // A scrape may be as old as the exporter keeps one.
    private async Task<Scrape> EventuallyAsync(Func<Scrape, bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var scrape = await Scrape.ReadAsync(api);
            if (condition(scrape))
            {
                return scrape;
            }

            Assert.True(watch.Elapsed < Patience, $"/metrics still says after {watch.Elapsed.TotalSeconds:0} s:\n{scrape.Text}");
            await Task.Delay(100, TestContext.Current.CancellationToken); // between two looks at the condition
        }
    }
}
