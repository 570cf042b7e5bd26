using System.Net;
using Lepton.Orleans.Clustering.Consul.Membership;
using static Lepton.Orleans.Clustering.Consul.Tests.Scripted.ScriptedConsul;

namespace Lepton.Orleans.Clustering.Consul.Tests.Scripted;

/// <summary>What the table makes of Consul's answers.</summary>
public sealed class ErrorTests
{
    private const string Row = """{"Hostname":"h","ProxyPort":30000,"StartTime":"2026-03-04T05:06:07Z","Status":3,"SiloName":"s","SuspectingSilos":[]}""";
    private const string Key = "orleans/c/10.0.0.7:11111@1";
    private const string Version = "orleans/c/version";
    private static readonly (HttpStatusCode, string) NoAnswer = (Refused, "");
    private static readonly (HttpStatusCode, string) NoLeader = (HttpStatusCode.InternalServerError, "No cluster leader");
    private static readonly (HttpStatusCode, string) Denied = (HttpStatusCode.Forbidden, "Permission denied: token with AccessorID 'anonymous'");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refusal_is_told_in_Consuls_words_and_not_tried_again()
    {
        var consul = new ScriptedConsul(Denied);

        var exception = await Assert.ThrowsAsync<ConsulException>(() => Table(consul).ReadAllAsync(Cancelled));

        Assert.Contains("403 to GET v1/kv/orleans/c/: Permission denied: token with AccessorID 'anonymous'", exception.Message, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Forbidden, false), (exception.StatusCode, exception.IsOutage));
        Assert.Single(consul.Requests);
    }

    [Fact]
    public async Task A_silo_that_may_not_join_does_not_wait_for_Consul()
    {
        await Assert.ThrowsAsync<ConsulException>(() => Table(new ScriptedConsul(Denied)).InitializeMembershipTableAsync(true, Cancelled));
    }

    [Fact]
    public async Task Reading_is_tried_again_while_there_is_no_leader()
    {
        var consul = new ScriptedConsul(NoLeader, NoAnswer, List((Key, Row, 5), (Version, "1", 5)));

        Assert.Single((await Table(consul).ReadAllAsync(Cancelled)).Members);
        Assert.Equal(Enumerable.Repeat("GET /v1/kv/orleans/c/?recurse=true&consistent=true", 3), consul.Requests);
    }

    [Fact]
    public async Task An_outage_that_lasts_is_told_in_Consuls_words()
    {
        var exception = await Assert.ThrowsAsync<ConsulException>(() => Table(new ScriptedConsul(NoLeader)).ReadAllAsync(Cancelled));
        Assert.EndsWith("No cluster leader", exception.Message, StringComparison.Ordinal);
        Assert.True(exception.IsOutage);

        exception = await Assert.ThrowsAsync<ConsulException>(() => Table(new ScriptedConsul(NoAnswer)).ReadAllAsync(Cancelled));
        Assert.Equal("Consul at http://consul.test:8500/ did not answer: Connection refused", exception.Message);
        Assert.True(exception.IsOutage);

        exception = await Assert.ThrowsAsync<ConsulException>(() => Table(new ScriptedConsul((Unreachable, ""))).ReadAllAsync(Cancelled));
        Assert.Equal("Consul at http://consul.test:8500/ cannot be reached in time.", exception.Message);
        Assert.True(exception.IsOutage);
    }

    [Fact]
    public async Task An_answer_whose_body_never_comes_is_an_outage_too()
    {
        using var services = ConsulServices.Create("c", options => options.Address = new Uri("http://consul.test:8500"), new ScriptedConsul((Stalled, "")), hurry: 100);

        var exception = await Assert.ThrowsAsync<ConsulException>(() => services.Table().ReadAllAsync(Cancelled));

        Assert.True(exception.IsOutage);
    }

    [Fact]
    public async Task A_write_is_sent_once_because_its_own_repetition_would_look_like_a_conflict()
    {
        var consul = new ScriptedConsul(NoLeader);

        await Assert.ThrowsAsync<ConsulException>(() => Table(consul).InsertRowAsync(Entries.Of(1), new TableVersion(1, "0"), Cancelled));

        Assert.Equal(["PUT /v1/txn"], consul.Requests);
    }

    [Fact]
    public async Task A_stale_index_is_a_conflict_whichever_it_is()
    {
        foreach (var reasons in (string[][])[[$"failed to set key '{Key}', index is stale"], [$"failed to set key '{Key}', index is stale", $"failed to set key '{Version}', index is stale"]])
        {
            Assert.False(await Table(new ScriptedConsul(Refusal(reasons))).InsertRowAsync(Entries.Of(1), new TableVersion(1, "0"), Cancelled));
            Assert.False(await Table(new ScriptedConsul(Refusal(reasons))).UpdateRowAsync(Entries.Of(1), "7", new TableVersion(1, "7"), Cancelled));
        }
    }

    [Theory]
    [InlineData("Permission denied")]
    [InlineData("failed to set key 'x', index is stale", "rpc error making call: Permission denied")]
    [InlineData("Value for key 'x' is too large")]
    public async Task Any_other_reason_is_no_conflict_though_the_status_is_the_same(params string[] reasons)
    {
        var table = Table(new ScriptedConsul(Refusal(reasons)));

        var exception = await Assert.ThrowsAsync<ConsulException>(() => table.InsertRowAsync(Entries.Of(1), new TableVersion(1, "0"), Cancelled));
        Assert.EndsWith(reasons[^1], exception.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ConsulException>(() => table.UpdateRowAsync(Entries.Of(1), "7", new TableVersion(1, "7"), Cancelled));
    }

    [Theory]
    [InlineData(HttpStatusCode.Conflict, """{"Results":null,"Errors":null}""")]
    [InlineData(HttpStatusCode.Conflict, "<html>a proxy</html>")]
    [InlineData(HttpStatusCode.NotFound, "not found")]
    [InlineData(HttpStatusCode.OK, "<html>a proxy</html>")]
    [InlineData(HttpStatusCode.OK, "null")]
    public async Task An_answer_that_is_not_Consuls_is_no_conflict_and_no_success(HttpStatusCode status, string body) =>
        await Assert.ThrowsAsync<ConsulException>(() => Table(new ScriptedConsul((status, body))).InsertRowAsync(Entries.Of(1), new TableVersion(1, "0"), Cancelled));

    [Fact]
    public async Task A_sign_of_life_that_was_not_written_is_told() =>
        await Assert.ThrowsAsync<ConsulException>(() => Table(new ScriptedConsul((HttpStatusCode.OK, "false\n"))).UpdateIAmAliveAsync(Entries.Of(1), Cancelled));

    [Theory]
    [InlineData(Key, "")]
    [InlineData(Key, "null")]
    [InlineData(Key, "{")]
    [InlineData(Key, """{"Status":"Active"}""")]
    [InlineData(Key, """{"Status":99}""")]
    [InlineData(Key, """{"Status":3,"StartTime":"yesterday"}""")]
    [InlineData(Key, """{"Status":3,"StartTime":"2026-03-04T05:06:07Z","SuspectingSilos":[{"Id":"nobody","Time":"2026-03-04T05:06:07Z"}]}""")]
    [InlineData(Key + "/iamalive", "5")]
    [InlineData("orleans/c/readme", Row)]
    [InlineData("orleans/c/10.0.0.7:11111", Row)]
    [InlineData(Version, "one")]
    [InlineData(Version, "-1")]
    public async Task What_cannot_be_read_is_told_with_its_key(string key, string value)
    {
        var entries = new List<(string, string, int)> { (Key, Row, 4), (Version, "1", 5) };
        entries.RemoveAll(entry => entry.Item1 == key);
        entries.Add((key, value, 5));

        var exception = await Assert.ThrowsAsync<ConsulException>(() => Table(new ScriptedConsul(List(entries))).ReadAllAsync(Cancelled));

        Assert.Contains($"'{key}'", exception.Message, StringComparison.Ordinal);
        Assert.False(exception.IsOutage);
    }

    [Fact]
    public async Task Keys_of_others_below_the_folder_are_left_alone()
    {
        var consul = new ScriptedConsul(List(("orleans/c/", "", 1), (Key, Row, 5), ("orleans/c/b/version", "9", 7), ("orleans/c/b/10.0.0.7:11111@1", "{", 7), ("orleans/c/x/iamalive", "5", 7), (Version, "3", 5)));

        var all = await Table(consul).ReadAllAsync(Cancelled);

        Assert.Equal(new TableVersion(3, "5"), all.Version);
        Assert.Single(all.Members);
        Assert.Single(consul.Requests);
    }

    [Fact]
    public async Task A_row_that_is_newer_than_the_version_makes_it_read_again()
    {
        var consul = new ScriptedConsul(List((Key, Row, 7), (Version, "1", 5)), List((Key, Row, 7), (Version, "2", 7)));

        Assert.Equal(new TableVersion(2, "7"), (await Table(consul).ReadAllAsync(Cancelled)).Version);
        Assert.Equal(2, consul.Requests.Count);
    }

    [Fact]
    public async Task Rows_that_are_never_of_their_version_are_not_believed()
    {
        var consul = new ScriptedConsul([.. Enumerable.Range(1, 20).Select(read => List((Key, Row, (2 * read) + 1), (Version, "1", 2 * read)))]);

        await Assert.ThrowsAsync<ConsulException>(() => Table(consul).ReadAllAsync(Cancelled));
        Assert.Equal(10, consul.Requests.Count);
    }

    [Fact]
    public async Task Clean_up_deletes_a_row_by_its_index_and_leaves_one_that_moved()
    {
        var dead = Row.Replace("\"Status\":3", "\"Status\":6", StringComparison.Ordinal);
        var consul = new ScriptedConsul(List((Key, dead, 4), (Version, "2", 5)), Refusal("failed to delete key, index is stale"));

        await Table(consul).CleanupDefunctSiloEntriesAsync(DateTimeOffset.MaxValue, Cancelled);

        Assert.Equal(
            $$$"""[{"KV":{"Verb":"delete-cas","Key":"{{{Key}}}","Index":4}},{"KV":{"Verb":"delete","Key":"{{{Key}}}/iamalive","Index":0}}]""",
            consul.Bodies.Last());
    }

    [Fact]
    public async Task Token_datacenter_and_folder_go_with_every_request()
    {
        var consul = new ScriptedConsul(List());
        var table = Table(consul, options => (options.Token, options.Datacenter, options.KvRootFolder) = ("secret", "dc 2", "team a"));

        await table.ReadAllAsync(Cancelled);
        await Assert.ThrowsAsync<ConsulException>(() => table.UpdateIAmAliveAsync(Entries.Of(1), Cancelled));

        Assert.Equal(
            ["GET /v1/kv/team%20a/orleans/c/?recurse=true&consistent=true&dc=dc%202", "PUT /v1/kv/team%20a/orleans/c/10.0.0.7%3A11112%401001/iamalive?dc=dc%202"],
            consul.Requests);
        Assert.All(consul.Tokens, token => Assert.Equal("secret", token));
    }

    [Fact]
    public async Task What_is_cancelled_is_not_waited_for()
    {
        using var cancelled = new CancellationTokenSource();
        var waiting = Table(new ScriptedConsul(NoAnswer)).InitializeMembershipTableAsync(true, cancelled.Token);
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Table(new ScriptedConsul(List())).ReadAllAsync(cancelled.Token));
    }

    [Fact]
    public async Task Members_that_are_obsolete_do_the_same()
    {
#pragma warning disable CS0618 // they are what is tested
        var table = Table(new ScriptedConsul(List((Key, Row, 5), (Version, "1", 5))));
        await table.InitializeMembershipTable(true);
        Assert.Single((await table.ReadAll()).Members);
        Assert.Single((await table.ReadRow(SiloAddress.FromParsableString("10.0.0.7:11111@1"))).Members);
        await table.CleanupDefunctSiloEntries(DateTimeOffset.MaxValue);
        table = Table(new ScriptedConsul(Refusal("index is stale")));
        Assert.False(await table.InsertRow(Entries.Of(1), new TableVersion(1, "0")));
        Assert.False(await table.UpdateRow(Entries.Of(1), "1", new TableVersion(1, "0")));
        await Table(new ScriptedConsul((HttpStatusCode.OK, "true"))).UpdateIAmAlive(Entries.Of(1));
        await Table(new ScriptedConsul(List())).DeleteMembershipTableEntries("c");
#pragma warning restore CS0618
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/")]
    public void A_cluster_id_that_is_no_folder_is_refused(string clusterId) => Assert.Throws<ArgumentException>(() => new MembershipKeys(null, clusterId));

    private static ConsulMembershipTable Table(ScriptedConsul consul, Action<ConsulClusteringOptions>? configure = null) => ConsulServices.Create(
        "c",
        options =>
        {
            options.Address = new Uri("http://consul.test:8500");
            configure?.Invoke(options);
        },
        consul).Table();
}
