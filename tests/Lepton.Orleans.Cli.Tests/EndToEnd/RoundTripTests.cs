using System.Globalization;
using System.Text;
using System.Text.Json;
using Lepton.Orleans.Cli.Tests.Peer;
using Lepton.Orleans.Engine.Samples;

namespace Lepton.Orleans.Cli.Tests.EndToEnd;

public sealed class RoundTripTests : IDisposable
{
    private readonly CommandRun _command = new();

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task Everything_that_is_imported_is_exported_and_a_second_service_exports_the_same()
    {
        var original = _command.Write("sample.jsonl", Sample());
        var (first, second) = (Path.Combine(_command.Folder, "first.jsonl"), Path.Combine(_command.Folder, "second.jsonl"));
        await using (var service = await RealService.StartAsync())
        {
            Assert.Equal(0, await _command.RunAsync("import", "jsonl", original, "--batch", "500", "--url", service.Url));
            Assert.Equal(0, await _command.RunAsync("export", "--rows", first, "--url", service.Url));

            Assert.Equal(0, await _command.RunAsync("import", "jsonl", original, "--batch", "500", "--url", service.Url));
            Assert.Equal(0, await _command.RunAsync("export", "--rows", second, "--url", service.Url));
        }

        var lines = await LinesAsync(first);
        Assert.Equal((await LinesAsync(original)).Length, lines.Length);
        Assert.Equal(lines, await LinesAsync(second));
        await using (var other = await RealService.StartAsync())
        {
            Assert.Equal(0, await _command.RunAsync("import", "jsonl", first, "--url", other.Url));
            Assert.Equal(0, await _command.RunAsync("export", "--rows", second, "--url", other.Url));
        }

        Assert.Equal(lines, await LinesAsync(second));
    }

    [Fact]
    public async Task Each_order_of_a_file_counts_once_however_often_it_is_imported_and_undoes_nothing_that_came_since()
    {
        var orders = _command.Write("orders.csv", "customer,sku,pieces,ordered_at\nc1,s1,2,2024-01-01T10:00:00Z\nc1,s1,3,2024-02-01T10:00:00Z\nc1,s2,1,2024-02-01T10:00:00Z\n");
        await using var service = await RealService.StartAsync();
        string[] import =
        [
            "import", "csv", orders, "--feedback", "--type", "purchase", "--map", "UserId=customer,ItemId=sku,Value=pieces,Timestamp=ordered_at", "--url", service.Url,
        ];
        using var http = new HttpClient { BaseAddress = new Uri(service.Url) };

        Assert.Equal(0, await _command.RunAsync(import));
        Assert.Contains("; 3 of 3 rows of feedback changed something.", _command.Error, StringComparison.Ordinal);
        Assert.Equal((5, "2024-01-01T10:00:00Z"), await KeptAsync(http));

        using var content = new StringContent("""[{"FeedbackType":"purchase","UserId":"c1","ItemId":"s1","Value":7,"Timestamp":"2024-03-01T10:00:00Z"}]""", Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri("/api/feedback", UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal(0, await _command.RunAsync(import));
        Assert.Contains("; 0 of 3 rows of feedback changed something.", _command.Error, StringComparison.Ordinal);
        Assert.Equal((12, "2024-01-01T10:00:00Z"), await KeptAsync(http));
    }

    [Fact]
    public async Task After_an_import_a_build_and_a_list_with_reasons_are_there()
    {
        await using var service = await RealService.StartAsync();
        var sample = _command.Write("sample.jsonl", Sample());
        var user = SampleCatalog.Generate(Options).Users[0].UserId;

        Assert.Equal(0, await _command.RunAsync("import", "jsonl", sample, "--url", service.Url));
        Assert.Equal(0, await _command.RunAsync("build", "--wait", "--url", service.Url));
        Assert.Equal(0, await _command.RunAsync("recommend", user, "-n", "5", "--url", service.Url));

        Assert.StartsWith("Model ", _command.Output, StringComparison.Ordinal);
        var titles = SampleCatalog.Generate(Options).Items.Select(item => item.ItemId).ToHashSet();
        Assert.Equal(5, _command.Output.Split('\n').Count(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Any(titles.Contains)));
    }

    [Fact]
    public async Task An_erased_user_is_verified_to_be_gone_and_a_repair_finds_nothing()
    {
        await using var service = await RealService.StartAsync();
        var users = SampleCatalog.Generate(Options).Users;
        Assert.Equal(0, await _command.RunAsync("import", "jsonl", _command.Write("sample.jsonl", Sample()), "--url", service.Url));
        Assert.Equal(1, await _command.RunAsync("verify-erasure", users[0].UserId, users[1].UserId, "--url", service.Url));

        using var http = new HttpClient();
        foreach (var user in users.Take(2))
        {
            using var answer = await http.DeleteAsync(new Uri($"{service.Url}/api/user/{Uri.EscapeDataString(user.UserId)}"), TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode);
        }

        Assert.Equal(0, await _command.RunAsync("verify-erasure", users[0].UserId, users[1].UserId, "--url", service.Url));
        Assert.Equal(1, await _command.RunAsync("verify-erasure", users[2].UserId, "--url", service.Url));
        Assert.Equal(0, await _command.RunAsync("repair", "--url", service.Url));
        Assert.Contains($"{users[0].UserId}: nothing is left", _command.Output, StringComparison.Ordinal);
        Assert.Contains(" 0 entries without a state, 0 states without an entry, 0 mended.", _command.Output, StringComparison.Ordinal);
    }

    private static SampleOptions Options => new() { Items = 400, Users = 120, EventsPerUser = 25, Now = new DateTime(2026, 5, 4, 18, 0, 0, DateTimeKind.Utc) };

    private static string Sample()
    {
        var sample = SampleCatalog.Generate(Options);
        var text = new StringBuilder();
        foreach (var item in sample.Items)
        {
            _ = text.AppendLine(JsonSerializer.Serialize(new { item.ItemId, item.Categories, Timestamp = item.ReleasedAt, Labels = JsonDocument.Parse(item.LabelsJson).RootElement, Comment = item.Title }));
        }

        foreach (var user in sample.Users)
        {
            _ = text.AppendLine(JsonSerializer.Serialize(new { user.UserId, Labels = JsonDocument.Parse(user.LabelsJson).RootElement, Comment = user.Name }));
        }

        foreach (var row in sample.Events)
        {
            _ = text.AppendLine(CultureInfo.InvariantCulture, $$"""{"FeedbackType":"{{row.FeedbackType}}","UserId":"{{row.UserId}}","ItemId":"{{row.ItemId}}","Value":{{row.Value}},"Timestamp":"{{row.Timestamp:O}}"}""");
        }

        return text.ToString();
    }

    private static async Task<(double Value, string? Timestamp)> KeptAsync(HttpClient http)
    {
        var kept = JsonDocument.Parse(await http.GetStringAsync(new Uri("/api/feedback/purchase/c1/s1", UriKind.Relative), TestContext.Current.CancellationToken)).RootElement;
        return (kept.GetProperty("Value").GetDouble(), kept.GetProperty("Timestamp").GetString());
    }

    // A service lists in an order of its own.
    private static async Task<string[]> LinesAsync(string path) =>
        [.. (await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken)).Order(StringComparer.Ordinal)];
}
