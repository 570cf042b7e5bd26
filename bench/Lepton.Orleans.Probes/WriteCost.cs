using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Lepton.Orleans.Probes;

/// <summary>
/// The same writes to users with short and with long histories, in turns over one connection, so that whatever else happens to
/// the machine happens to both.
/// </summary>
internal static class WriteCost
{
    private const int Short = 100;
    private const int Long = 100_000;

    // Each short one is written to a few times only, and stays short.
    private const int ShortUsers = 500;
    private const int LongUsers = 4;
    private const int Writes = 2000;
    private const int RowsABatch = 10;
    private const int RowsARequest = 1000;
    private const int Attempts = 20;
    private static readonly DateTime Start = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>Fills an empty service, measures, and prints a Markdown table.</summary>
    public static async Task PrintAsync(Uri url)
    {
        using var connection = await Connection.OpenAsync(url);
        await LikeAsync(connection, "maker", "new", Writes * (RowsABatch + 1));
        await LikeAsync(connection, "maker", "put", Writes);
        for (var user = 0; user < LongUsers; user++)
        {
            await LikeAsync(connection, Name("long", user), "old", Long);
        }

        for (var user = 0; user < ShortUsers; user++)
        {
            await LikeAsync(connection, Name("short", user), "old", Short);
        }

        var ahead = DateTime.UtcNow.AddDays(1);
        (string What, string Method, Func<string, int, string> Rows)[] kinds =
        [
            ("one feedback on an item that is new to the user", "POST", (user, n) => Row(user, Name("new", n))),
            ("one feedback on an item that the user knows", "POST", (user, n) => Row(user, Name("old", n % Short))),
            ("ten feedbacks on items that are new to the user", "POST", (user, n) => string.Join(',', Enumerable.Range(0, RowsABatch).Select(i => Row(user, Name("new", Writes + (RowsABatch * n) + i))))),
            ("one feedback in another's place", "PUT", (user, n) => Row(user, Name("old", n % Short))),
            ("one feedback in no other's place", "PUT", (user, n) => Row(user, Name("put", n))),

            // Of ten the first is dated ahead of the nine that come after it.
            ("one feedback, some dated a day ahead", "POST", (user, n) => Row(user, Name("new", n), n / LongUsers % 10 == 0 ? ahead.AddSeconds(n) : null)),
        ];
        Console.WriteLine($"| write, µs | history | mean | p50 | p90 | p99 |{Environment.NewLine}|---|---:|---:|---:|---:|---:|");
        foreach (var (what, method, rows) in kinds)
        {
            var (brief, full) = (new double[Writes], new double[Writes]);
            for (var n = 0; n < Writes; n++)
            {
                brief[n] = await TimeAsync(connection, method, rows(Name("short", n % ShortUsers), n));
                full[n] = await TimeAsync(connection, method, rows(Name("long", n % LongUsers), n));
            }

            Print(what, Short, brief);
            Print(what, Long, full);
        }
    }

    private static async Task LikeAsync(Connection connection, string user, string items, int count)
    {
        foreach (var chunk in Enumerable.Range(0, count).Chunk(RowsARequest))
        {
            var body = new StringBuilder("[");
            foreach (var n in chunk)
            {
                body.Append(n == chunk[0] ? "" : ",").Append(Row(user, Name(items, n), Start.AddSeconds(n)));
            }

            await SendAsync(connection, body.Append(']').ToString());
        }
    }

    // As a careful importer does: the same rows with the same timestamps, until they are kept.
    private static async Task SendAsync(Connection connection, string rows)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await connection.SendAsync("POST", "/api/feedback", rows);
                return;
            }
            catch (RefusedException) when (attempt < Attempts)
            {
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }

    private static async Task<double> TimeAsync(Connection connection, string method, string rows)
    {
        var began = Stopwatch.GetTimestamp();
        await connection.SendAsync(method, "/api/feedback", $"[{rows}]");
        return Stopwatch.GetElapsedTime(began).TotalMicroseconds;
    }

    private static void Print(string what, int history, double[] times)
    {
        Array.Sort(times);
        Console.WriteLine($"| {what} | {history} | {times.Average():0} | {At(.5):0} | {At(.9):0} | {At(.99):0} |");

        double At(double share) => times[(int)Math.Ceiling(share * times.Length) - 1];
    }

    private static string Row(string user, string item, DateTime? time = null) => string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"FeedbackType\":\"like\",\"UserId\":\"{user}\",\"ItemId\":\"{item}\",\"Value\":1{(time is { } at ? $",\"Timestamp\":\"{at:yyyy-MM-ddTHH:mm:ssZ}\"" : "")}}}");

    private static string Name(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number}");
}
