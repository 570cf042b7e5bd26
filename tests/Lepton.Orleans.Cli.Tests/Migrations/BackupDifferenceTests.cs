using Lepton.Orleans.Cli.Migrations;
using Lepton.Orleans.Cli.Tests.Peer;

namespace Lepton.Orleans.Cli.Tests.Migrations;

public sealed class BackupDifferenceTests : IDisposable
{
    private const string Header = """{"Kind":"Backup","Version":1,"Tenant":"default","Id":"x"}""";
    private const string End = """{"Kind":"End","Items":0,"Users":0,"ModelParts":0,"CounterPieces":0,"Events":0}""";
    private const string Anna = """{"Kind":"User","UserId":"anna","Version":5,"Events":[{"Type":"like","Item":"a","Time":7}],"Names":[{"Id":"00000000000000000000000000000001","Content":1,"Time":7}]}""";
    private const string Boris = """{"Kind":"User","UserId":"boris","Version":5}""";
    private const string Item = """{"Kind":"Item","Number":0,"ItemId":"a"}""";

    private readonly CommandRun _command = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task What_has_come_or_changed_is_there_in_its_order_and_who_is_gone_at_the_end()
    {
        var annaLater = Anna.Replace("\"Version\":5", "\"Version\":6", StringComparison.Ordinal);
        string[] added = ["""{"Kind":"Item","Number":1,"ItemId":"b"}""", annaLater, """{"Kind":"User","UserId":"carla","Version":1}"""];
        var changes = Path.Combine(_command.Folder, "changes");

        var difference = await BackupDifference.WriteAsync(
            Write("before", Header, Item, Anna, Boris, End), Write("after", [Header.Replace("\"x\"", "\"y\"", StringComparison.Ordinal), Item, .. added, End]), changes, Cancelled);

        string[] expected = [.. added, """{"Kind":"Gone","UserId":"boris","LeftAt":9223372036854775807}"""];
        Assert.Equal(expected, await File.ReadAllLinesAsync(changes, Cancelled));
        Assert.Equal(new BackupDifference(Users: 2, Items: 1, Gone: 1), difference);
    }

    [Fact]
    public async Task Who_was_merged_meanwhile_is_not_gone_altogether_until_that_is_forgotten_too()
    {
        const string Log = """{"Kind":"Log","Source":1,"Partition":2,"Offset":3}""";
        const string Merged = """{"Kind":"Gone","UserId":"boris","LeftAt":6,"Left":{"Into":"anna","Version":7,"Rows":1}}""";
        var changes = Path.Combine(_command.Folder, "changes");

        var difference = await BackupDifference.WriteAsync(Write("before", Header, Item, Anna, Boris, End), Write("after", Header, Log, Item, Anna, Merged, End), changes, Cancelled);
        Assert.Equal([Log, Merged], await File.ReadAllLinesAsync(changes, Cancelled));
        Assert.Equal(new BackupDifference(Users: 0, Items: 0, Gone: 0), difference);

        difference = await BackupDifference.WriteAsync(Write("before", Header, Log, Item, Anna, Merged, End), Write("after", Header, Log, Item, Anna, End), changes, Cancelled);
        Assert.Equal(["""{"Kind":"Gone","UserId":"boris","LeftAt":9223372036854775807}"""], await File.ReadAllLinesAsync(changes, Cancelled));
        Assert.Equal(new BackupDifference(Users: 0, Items: 0, Gone: 1), difference);
    }

    [Fact]
    public async Task Parts_of_the_model_that_learned_since_come_with_the_line_that_puts_them_in_place()
    {
        const string Training = """{"Kind":"Training","ModelVersion":3,"ModelParts":2,"Duration":"00:00:01","Summary":"","PositiveFeedback":5}""";
        string[] parts = ["""{"Kind":"Model","Version":3,"Part":0,"Content":"AAAA"}""", """{"Kind":"Model","Version":3,"Part":1,"Content":"BBBB"}"""];
        var learned = parts[1].Replace("BBBB", "CCCC", StringComparison.Ordinal);
        var changes = Path.Combine(_command.Folder, "changes");

        _ = await BackupDifference.WriteAsync(Write("before", Header, parts[0], parts[1], Training, End), Write("after", Header, parts[0], learned, Training, End), changes, Cancelled);
        Assert.Equal([learned, Training], await File.ReadAllLinesAsync(changes, Cancelled));

        _ = await BackupDifference.WriteAsync(Write("before", Header, parts[0], parts[1], Training, End), Write("after", Header, parts[0], parts[1], Training, End), changes, Cancelled);
        Assert.Empty(await File.ReadAllLinesAsync(changes, Cancelled));
    }

    [Fact]
    public async Task A_digest_does_not_depend_on_the_order_and_counts_each_user_as_the_last_line_says()
    {
        var one = await DigestAsync(Header, Item, Anna, Boris, """{"Kind":"Model","Version":3,"Part":0,"Content":"AAAA"}""", End);
        var other = await DigestAsync(
            Header, """{"Kind":"User","UserId":"anna","Version":1}""", """{"Kind":"User","UserId":"carla","Version":1}""", Boris, Item, Anna, """{"Kind":"Gone","UserId":"carla","LeftAt":2}""", """{"Kind":"Gone","UserId":"boris","LeftAt":5}""", """{"Kind":"Model","Version":4,"Part":0,"Content":"AAAA"}""");

        Assert.Equal((1, 2, 1, 1, 1), (one.Items.Count, one.Users.Count, one.Events, one.Names.Count, one.Model.Count));
        Assert.Equal((one.Items, one.Users, one.Events, one.Names, one.Model), (other.Items, other.Users, other.Events, other.Names, other.Model));
        Assert.Empty(one.DifferingUsers(other));
    }

    [Theory]
    [InlineData("\"Time\":7}],\"Names\"", "\"Time\":8}],\"Names\"")]
    [InlineData("\"Version\":5", "\"Version\":6")]
    [InlineData("\"like\"", "\"view\"")]
    public async Task Whatever_differs_in_a_user_is_seen_and_named(string old, string changed)
    {
        var one = await DigestAsync(Header, Anna, Boris);
        var other = await DigestAsync(Header, Anna.Replace(old, changed, StringComparison.Ordinal), Boris);

        Assert.Equal(one.Users.Count, other.Users.Count);
        Assert.NotEqual(one.Users, other.Users);
        Assert.Equal(["anna"], one.DifferingUsers(other));
    }

    [Fact]
    public async Task A_name_that_was_forgotten_is_no_difference_of_the_user()
    {
        var one = await DigestAsync(Header, Anna);
        var other = await DigestAsync(Header, Anna[..Anna.IndexOf(",\"Names\"", StringComparison.Ordinal)] + "}");

        Assert.Equal(one.Users, other.Users);
        Assert.Equal((1, 0), (one.Names.Count, other.Names.Count));
    }

    private Task<BackupDigest> DigestAsync(params string[] lines) => BackupDigest.ReadAsync(Write(Guid.NewGuid().ToString("N"), lines), Cancelled);

    private string Write(string name, params string[] lines) => _command.Write(name, string.Join('\n', lines));
}
