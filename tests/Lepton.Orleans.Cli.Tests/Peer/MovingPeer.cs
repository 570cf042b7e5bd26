using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Lepton.Orleans.Cli.Tests.Peer;

/// <summary>
/// One end of a move, over real HTTP: users, a model and counters that are read as a backup and restored as one, and writes that
/// are paused and resumed, as the API's contract says. A test decides before and after each request whether it goes on.
/// </summary>
internal sealed class MovingPeer : IAsyncDisposable
{
    private const string Json = "application/json";

    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, string> _users = new(StringComparer.Ordinal);
    private SortedDictionary<string, string> _restored = new(StringComparer.Ordinal);
    private List<string> _derived = [];
    private (string Id, bool IsFinished)? _restore;
    private (bool HasEnd, int Since)? _pause;
    private int _openings;
    private int _version;

    private MovingPeer() => _app = PeerHost.Make(AnswerAsync);

    /// <summary>Called before a request is looked at.</summary>
    public Func<HttpContext, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called when a request has done what it does, and before it is answered.</summary>
    public Func<HttpContext, Task> After { get; set; } = _ => Task.CompletedTask;

    /// <summary>Lines of a backup that this peer does not keep.</summary>
    public Func<string, bool> Loses { get; set; } = _ => false;

    public string Url => _app.Urls.Single();

    /// <summary>What it has been asked to do, without the bodies.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Whether a write would be taken.</summary>
    public bool TakesWrites
    {
        get
        {
            lock (_lock)
            {
                return _pause is null;
            }
        }
    }

    /// <summary>Whether writes are refused until somebody resumes them.</summary>
    public bool IsHeld
    {
        get
        {
            lock (_lock)
            {
                return _pause is { HasEnd: false };
            }
        }
    }

    /// <summary>Whether the last line of a restore has come: callers may have been sent here.</summary>
    public bool IsComplete
    {
        get
        {
            lock (_lock)
            {
                return _restore is { IsFinished: true };
            }
        }
    }

    public IReadOnlyList<string> Users
    {
        get
        {
            lock (_lock)
            {
                return [.. _users.Keys];
            }
        }
    }

    /// <summary>Model, what is known of the build, and counters, in effect.</summary>
    public IReadOnlyList<string> Derived
    {
        get
        {
            lock (_lock)
            {
                return [.. _derived];
            }
        }
    }

    public static async Task<MovingPeer> StartAsync()
    {
        var peer = new MovingPeer();
        await peer._app.StartAsync(TestContext.Current.CancellationToken);
        return peer;
    }

    /// <summary>A user comes, unless writes are refused.</summary>
    public bool Write(string user)
    {
        lock (_lock)
        {
            if (_pause is not null)
            {
                return false;
            }

            _users[user] = $$"""{"Kind":"User","UserId":"{{user}}","Version":{{++_version}}}""";
            return true;
        }
    }

    /// <summary>A user is erased, unless writes are refused.</summary>
    public void Erase(string user)
    {
        lock (_lock)
        {
            _ = _pause is null && _users.Remove(user);
        }
    }

    /// <summary>A model of one part, and the counters, are made; what has been learned since a build changes the part alone.</summary>
    public void Learn(string content)
    {
        lock (_lock)
        {
            _derived =
            [
                $$"""{"Kind":"Model","Version":3,"Part":0,"Content":"{{content}}"}""",
                """{"Kind":"Training","ModelVersion":3,"ModelParts":1,"Duration":"00:00:01","Summary":"of five","PositiveFeedback":5}""",
                $$"""{"Kind":"Counters","Shard":0,"Piece":0,"Content":"{{content}}"}""",
            ];
        }
    }

    /// <summary>Pauses that have an end, end.</summary>
    public void Lapse()
    {
        lock (_lock)
        {
            if (_pause is { HasEnd: true })
            {
                _pause = null;
                _openings++;
            }
        }
    }

    /// <summary>A person gives it an empty store.</summary>
    public void Empty()
    {
        lock (_lock)
        {
            _users.Clear();
            (_derived, _restored, _restore, _pause) = ([], new(StringComparer.Ordinal), null, null);
        }
    }

    /// <summary>A person opens it.</summary>
    public void Resume()
    {
        lock (_lock)
        {
            (_pause, _openings) = (null, _openings + 1);
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        Requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        await Before(context);
        var (status, answer) = Do(context.Request.Path.Value!, context.Request.Query, body);
        await After(context);
        context.Response.StatusCode = status;
        context.Response.ContentType = Json;
        await context.Response.WriteAsync(answer, context.RequestAborted);
    }

    private (int Status, string Answer) Do(string path, IQueryCollection query, string body)
    {
        lock (_lock)
        {
            switch (path)
            {
                case "/api/v2/backup":
                    return (StatusCodes.Status200OK, Backup());
                case "/api/v2/restore":
                    return Restore((string?)query["backup"], body.Split('\n', StringSplitOptions.RemoveEmptyEntries));
                case "/api/v2/statistics":
                    return (StatusCodes.Status200OK, $$"""{"Users":{{_users.Count}},"Items":0}""");
                case "/api/v2/writes/pause":
                    _pause = (query.ContainsKey("seconds"), _pause?.Since ?? _openings);
                    break;
                case "/api/v2/writes/resume":
                    _pause = null;
                    _openings++;
                    break;
            }

            return (StatusCodes.Status200OK, new JsonObject
            {
                ["IsPaused"] = _pause is not null,
                ["Until"] = _pause is { HasEnd: true } ? "2030-01-01T00:00:00Z" : null,
                ["Mark"] = _pause?.Since.ToString(CultureInfo.InvariantCulture),
            }.ToJsonString());
        }
    }

    private string Backup()
    {
        var text = new StringBuilder($$"""{"Kind":"Backup","Version":1,"Tenant":"default","Id":"{{Guid.NewGuid():N}}"}""").Append('\n');
        _ = text.AppendJoin('\n', [.. _users.Values, .. _derived]).Append('\n');
        var parts = _derived.Count(line => Is(line, "Model"));
        var pieces = _derived.Count(line => Is(line, "Counters"));
        return text.Append(CultureInfo.InvariantCulture, $$"""{"Kind":"End","Items":0,"Users":{{_users.Count}},"ModelParts":{{parts}},"CounterPieces":{{pieces}},"Events":0}""").Append('\n').ToString();
    }

    private (int Status, string Answer) Restore(string? backup, string[] lines)
    {
        foreach (var line in lines.Where(line => !Loses(line)))
        {
            if (Is(line, "Backup"))
            {
                backup = (string)JsonNode.Parse(line)!["Id"]!;
                if (_restore != (backup, false) && (_users.Count > 0 || _restore is not null))
                {
                    return (StatusCodes.Status409Conflict, """{"title":"Conflict","status":409,"detail":"A backup is restored into an empty service only."}""");
                }

                _restore = (backup, false);
                continue;
            }

            if (_restore?.Id != backup)
            {
                return (StatusCodes.Status409Conflict, """{"title":"Conflict","status":409,"detail":"No restore of this backup is under way."}""");
            }

            if (_restore is { IsFinished: false })
            {
                Apply(line);
            }
        }

        return (StatusCodes.Status200OK, $$"""{"RowAffected":{{lines.Length}}}""");
    }

    private void Apply(string line)
    {
        if (Is(line, "User"))
        {
            _users[(string)JsonNode.Parse(line)!["UserId"]!] = line;
        }
        else if (Is(line, "Gone"))
        {
            _ = _users.Remove((string)JsonNode.Parse(line)!["UserId"]!);
        }
        else if (Is(line, "End"))
        {
            _restore = (_restore!.Value.Id, true);
            _restored = [];
        }
        else if (Is(line, "Model"))
        {
            _restored["0"] = line;
        }
        else if (Is(line, "Training"))
        {
            // Parts take effect with this line.
            _derived = [_restored["0"], line, .. _derived.Where(other => Is(other, "Counters"))];
        }
        else
        {
            _derived = [.. _derived.Where(other => !Is(other, "Counters")), line];
        }
    }

    private static bool Is(string line, string kind) => line.StartsWith($$"""{"Kind":"{{kind}}",""", StringComparison.Ordinal);
}
