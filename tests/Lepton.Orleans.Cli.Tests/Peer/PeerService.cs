using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Lepton.Orleans.Cli.Tests.Peer;

/// <summary>
/// The other end of the wire: a real HTTP server that keeps documents by their keys, as the API's contract says, writes down what
/// it is asked, and fails where a test wants it to.
/// </summary>
internal sealed class PeerService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly HashSet<(string Key, string Time)> _events = [];
    private int _requests;

    private PeerService(int port) => _app = PeerHost.Make(AnswerAsync, port);

    /// <summary>Called before each request with its number from 1; true: it has been answered.</summary>
    public Func<HttpContext, int, Task<bool>> Fault { get; set; } = (_, _) => Task.FromResult(false);

    /// <summary>Whether documents are kept; without, bodies are only drained.</summary>
    public bool Keeps { get; init; } = true;

    public SortedDictionary<string, JsonObject> Items { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, JsonObject> Users { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, JsonObject> Feedback { get; } = new(StringComparer.Ordinal);

    /// <summary>Rows of every batch that was acknowledged, in their order.</summary>
    public ConcurrentQueue<int> BatchSizes { get; } = new();

    /// <summary>How many times a key was written.</summary>
    public ConcurrentDictionary<string, int> Writes { get; } = new();

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>The model build, or the repair, as GET tells it, one after the other.</summary>
    public Queue<string> Builds { get; } = new();

    public string Url { get; private set; } = "";

    public static async Task<PeerService> StartAsync(int port = 0, bool keeps = true)
    {
        var peer = new PeerService(port) { Keeps = keeps };
        await peer._app.StartAsync(TestContext.Current.CancellationToken);
        peer.Url = peer._app.Urls.Single();
        return peer;
    }

    /// <summary>A port that nothing listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static async Task<bool> ProblemAsync(HttpContext context, int status, string title, string detail, string errors = "{}", string? retryAfter = null)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        if (retryAfter is not null)
        {
            context.Response.Headers.RetryAfter = retryAfter;
        }

        await context.Response.WriteAsync($$"""{"type":"about:blank","title":"{{title}}","status":{{status}},"detail":"{{detail}}","errors":{{errors}}}""");
        return true;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var number = Interlocked.Increment(ref _requests);
        Requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {context.Request.Headers["X-API-Key"]}".TrimEnd());
        if (await Fault(context, number))
        {
            return;
        }

        var path = context.Request.Path.Value!;
        if (path is "/api/v2/build" or "/api/v2/repair")
        {
            await JsonAsync(context, Builds.Dequeue());
        }
        else if (context.Request.Method == "GET")
        {
            await GetAsync(context, path);
        }
        else
        {
            await WriteAsync(context, path);
        }
    }

    private async Task WriteAsync(HttpContext context, string path)
    {
        if (!Keeps)
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            await JsonAsync(context, """{"RowAffected":0}""");
            return;
        }

        var rows = (await JsonNode.ParseAsync(context.Request.Body))!.AsArray();
        var changed = 0;
        lock (_lock)
        {
            foreach (var row in rows.Select(row => row!.AsObject()))
            {
                var (table, key) = path switch
                {
                    "/api/items" => (Items, (string)row["ItemId"]!),
                    "/api/users" => (Users, (string)row["UserId"]!),
                    _ => (Feedback, $"{row["FeedbackType"]}/{row["UserId"]}/{row["ItemId"]}"),
                };
                _ = Writes.AddOrUpdate(key, 1, (_, times) => times + 1);
                var kept = Complete(table, row);
                if (ReferenceEquals(table, Feedback) && context.Request.Method == "POST")
                {
                    // Every time is an event of its own; what is kept is their sum and the first time.
                    var time = (string)kept["Timestamp"]!;
                    if (!_events.Add((key, time)))
                    {
                        continue;
                    }

                    if (table.TryGetValue(key, out var sum))
                    {
                        kept["Value"] = (double)sum["Value"]! + (double)kept["Value"]!;
                        kept["Timestamp"] = string.CompareOrdinal((string)sum["Timestamp"]!, time) < 0 ? (string)sum["Timestamp"]! : time;
                    }

                    table[key] = kept;
                    changed++;
                    continue;
                }

                changed += table.TryGetValue(key, out var before) && JsonNode.DeepEquals(before, kept) ? 0 : 1;
                table[key] = kept;
            }
        }

        BatchSizes.Enqueue(rows.Count);
        await JsonAsync(context, $$"""{"RowAffected":{{changed}}}""");
    }

    /// <summary>The document as the API gives it back: every field is there.</summary>
    private JsonObject Complete(SortedDictionary<string, JsonObject> table, JsonObject row)
    {
        string[] fields = ReferenceEquals(table, Items) ? ["ItemId", "IsHidden", "Categories", "Timestamp", "Labels", "Comment"]
            : ReferenceEquals(table, Users) ? ["UserId", "Labels", "Comment"]
            : ["FeedbackType", "UserId", "ItemId", "Value", "Timestamp", "Comment"];
        var complete = new JsonObject();
        foreach (var field in fields)
        {
            complete[field] = row[field]?.DeepClone() ?? field switch
            {
                "IsHidden" => false,
                "Categories" => new JsonArray(),
                "Timestamp" => "0001-01-01T00:00:00Z",
                "Comment" => "",
                "Value" => 0d,
                _ => null,
            };
        }

        return complete;
    }

    private async Task GetAsync(HttpContext context, string path)
    {
        var (table, name) = path switch
        {
            "/api/items" => (Items, "Items"),
            "/api/users" => (Users, "Users"),
            "/api/feedback" => (Feedback, "Feedback"),
            _ => (null, ""),
        };
        if (table is null)
        {
            var id = Uri.UnescapeDataString(path.Split('/')[^1]);
            bool known;
            lock (_lock)
            {
                known = Items.ContainsKey(id) || Users.ContainsKey(id) || Feedback.Values.Any(row => (string)row["UserId"]! == id);
            }

            _ = known ? JsonAsync(context, "{}") : ProblemAsync(context, 404, "Not Found", $"'{id}' does not exist.");
            return;
        }

        var count = int.Parse(context.Request.Query["n"]!, System.Globalization.CultureInfo.InvariantCulture);
        var cursor = (string?)context.Request.Query["cursor"] ?? "";
        JsonObject page;
        lock (_lock)
        {
            var rows = table.Where(pair => string.CompareOrdinal(pair.Key, cursor) > 0).Take(count).ToArray();
            page = new JsonObject
            {
                ["Cursor"] = rows.Length == count ? rows[^1].Key : "",
                [name] = new JsonArray([.. rows.Select(pair => pair.Value.DeepClone())]),
            };
        }

        await JsonAsync(context, page.ToJsonString());
    }

    private static async Task JsonAsync(HttpContext context, string json)
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(json);
    }
}
