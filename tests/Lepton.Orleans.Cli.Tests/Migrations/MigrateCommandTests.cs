using System.Globalization;
using Lepton.Orleans.Cli.Tests.Peer;
using Microsoft.AspNetCore.Http;

namespace Lepton.Orleans.Cli.Tests.Migrations;

public sealed class MigrateCommandTests
{
    private const int MostRequests = 200;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_arrives_and_the_source_is_left_refusing_writes()
    {
        await using var move = await Move.StartAsync();

        Assert.Equal(0, await move.RunAsync());

        move.AssertMoved();
        Assert.Contains("the same at the target", move.Command.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(move.Command.StateDirectory));
    }

    /// <summary>
    /// The command is killed at each of its requests, once before the service has done what it was asked and once after, with all
    /// that may happen then: pauses lapse, the source is written to if it lets itself, and a complete target takes callers.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_any_request_it_leaves_one_service_that_takes_writes_at_most_and_run_again_it_ends(bool isDone)
    {
        await KilledAtEachRequestAsync(isDone, async (move, at) =>
        {
            move.AssertOneTakesWrites(at);
            move.Source.Lapse();
            move.AssertOneTakesWrites(at);
            _ = move.Source.Write("late");
            var hasCallers = move.Target.IsComplete && move.Target.Write("caller");

            Assert.True(await move.RunAsync() == 0, $"{at}\n{move.Command.Error}");

            move.AssertOneTakesWrites(at);
            Assert.Equal(hasCallers, move.Target.Users.Contains("caller"));
            move.AssertMoved(at, [.. hasCallers ? ["caller"] : Array.Empty<string>()]);
        });
    }

    /// <summary>Wherever a run was killed, another one that begins anew copies while the source serves.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Begun_anew_into_an_emptied_target_it_copies_while_the_source_takes_writes(bool isDone)
    {
        await KilledAtEachRequestAsync(isDone, async (move, at) =>
        {
            move.Source.Lapse();
            move.Target.Empty();
            bool? isOpen = null;
            move.Target.Before = context =>
            {
                isOpen ??= context.Request.Path == "/api/v2/restore" ? move.Source.TakesWrites : null;
                return Task.CompletedTask;
            };

            Assert.True(await move.RunAsync("--restart") == 0, $"{at}\n{move.Command.Error}");

            Assert.True(isOpen, at);
            move.AssertMoved(at);
        });
    }

    [Fact]
    public async Task Begun_anew_beside_a_target_that_has_everything_it_changes_nothing()
    {
        await using var move = await Move.StartAsync();
        var end = await move.CountAsync() - 1;
        await using var second = await Move.StartAsync();
        Assert.True(await second.KillAsync(end, isDone: true));
        Assert.True(second.Target.Write("caller"));

        Assert.Equal(1, await second.RunAsync("--restart"));

        Assert.Contains("It may be in use", second.Command.Error, StringComparison.Ordinal);
        Assert.True(second.Source.IsHeld);
        Assert.Equal(0, await second.RunAsync());
        second.AssertMoved("", "caller");
    }

    [Fact]
    public async Task A_source_that_somebody_has_opened_after_everything_was_compared_is_neither_closed_nor_forgotten()
    {
        await using var move = await Move.StartAsync();
        var end = await move.CountAsync() - 1;
        await using var second = await Move.StartAsync();
        Assert.True(await second.KillAsync(end, isDone: true));
        Assert.True(second.Target.IsComplete && second.Source.IsHeld);

        second.Source.Resume();
        Assert.True(second.Source.Write("only at the source"));
        Assert.Equal(1, await second.RunAsync());

        Assert.Contains("told to take writes again", second.Command.Error, StringComparison.Ordinal);
        Assert.True(second.Source.TakesWrites);
        Assert.DoesNotContain("only at the source", second.Target.Users);

        // Closed once more by hand it has still what the other has not.
        using var http = new HttpClient();
        _ = await http.PostAsync(new Uri($"{second.Source.Url}/api/v2/writes/pause"), null, Cancelled);
        Assert.Equal(1, await second.RunAsync());
        Assert.True(second.Source.IsHeld);
    }

    [Theory]
    [InlineData("Model", "Model: 1 parts at the source")]
    [InlineData("Training", "Model: 1 parts at the source")]
    [InlineData("Counters", "Counters: 1 pieces at the source")]
    public async Task A_target_without_the_model_or_the_counters_is_no_success(string lost, string because)
    {
        await using var move = await Move.StartAsync();
        move.Target.Loses = line => line.Contains($"\"Kind\":\"{lost}\"", StringComparison.Ordinal) || (lost == "Model" && line.Contains("\"Kind\":\"Training\"", StringComparison.Ordinal));

        Assert.Equal(1, await move.RunAsync());

        Assert.Contains(because, move.Command.Error, StringComparison.Ordinal);
        Assert.True(move.Source.TakesWrites);
        Assert.False(move.Target.IsComplete);
    }

    [Fact]
    public async Task Two_runs_at_once_are_one_too_many()
    {
        await using var move = await Move.StartAsync();
        var reached = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        move.Source.Before = context =>
        {
            _ = reached.TrySetResult();
            return goOn.Task;
        };
        var first = move.RunAsync();
        await reached.Task.WaitAsync(Cancelled);

        Assert.Equal(1, await move.RunAsync());

        Assert.Contains("Another run", move.Command.Error, StringComparison.Ordinal);
        goOn.SetResult();
        Assert.Equal(0, await first);
        move.AssertMoved();
    }

    /// <summary>A move between two peers, of which the first is written to, and learns, whenever it has been read.</summary>
    // A move a request, each killed at another one, and what comes then.
    private static async Task KilledAtEachRequestAsync(bool isDone, Func<Move, string, Task> then)
    {
        var killed = 0;
        for (; killed < MostRequests; killed++)
        {
            await using var move = await Move.StartAsync();
            if (!await move.KillAsync(killed, isDone))
            {
                break;
            }

            await then(move, string.Create(CultureInfo.InvariantCulture, $"killed at request {killed}, {(isDone ? "done" : "not done")}: {move.LastRequest}"));
        }

        // Two copies, a round, the window and its end are more than ten requests.
        Assert.InRange(killed, 10, MostRequests - 1);
    }

    private sealed class Move : IAsyncDisposable
    {
        private readonly TaskCompletionSource _end = new();
        private readonly List<(CommandRun Command, Task<int> Run)> _killed = [];
        private int _requests;
        private int _reads;

        private Move(MovingPeer source, MovingPeer target) => (Source, Target) = (source, target);

        public MovingPeer Source { get; }

        public MovingPeer Target { get; }

        public CommandRun Command { get; private set; } = new();

        public string LastRequest { get; private set; } = "";

        public static async Task<Move> StartAsync()
        {
            var move = new Move(await MovingPeer.StartAsync(), await MovingPeer.StartAsync());
            foreach (var user in new[] { "anna", "boris", "carla" })
            {
                Assert.True(move.Source.Write(user));
            }

            move.Source.Learn("AAAA");
            move.Source.After = move.GoOnAsync;
            return move;
        }

        public Task<int> RunAsync(params string[] more) => Command.RunAsync(["migrate", "--url", Source.Url, "--to", Target.Url, "--retry-for", "0", .. more]);

        /// <summary>How many requests a whole run has.</summary>
        public async Task<int> CountAsync()
        {
            Assert.Equal(0, await RunAsync());
            return Source.Requests.Count + Target.Requests.Count;
        }

        /// <summary>Runs the command until a request, counted from 0; whatever it keeps on disk then is all that is left of it.</summary>
        /// <returns>Whether there was such a request.</returns>
        public async Task<bool> KillAsync(int request, bool isDone)
        {
            var reached = new TaskCompletionSource();
            Source.Before = Target.Before = context => isDone ? Task.CompletedTask : StopAsync(context);
            Source.After = async context =>
            {
                await GoOnAsync(context);
                await (isDone ? StopAsync(context) : Task.CompletedTask);
            };
            Target.After = context => isDone ? StopAsync(context) : Task.CompletedTask;
            var run = RunAsync();
            _killed.Add((Command, run));
            var first = await Task.WhenAny(run, reached.Task);
            Source.Before = Target.Before = Target.After = _ => Task.CompletedTask;
            Source.After = GoOnAsync;
            if (first == run)
            {
                return false;
            }

            // It stands still at that request, and is heard of no more.
            var next = new CommandRun();
            foreach (var path in Directory.GetFiles(Command.StateDirectory, "*", SearchOption.AllDirectories).Where(IsWhole))
            {
                var copy = Path.Combine(next.StateDirectory, Path.GetRelativePath(Command.StateDirectory, path));
                _ = Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(path, copy);
            }

            Command = next;
            return true;

            async Task StopAsync(HttpContext context)
            {
                if (_requests++ == request)
                {
                    LastRequest = $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}";
                    reached.SetResult();
                    await _end.Task;
                    context.Abort();
                }
            }
        }

        public void AssertOneTakesWrites(string at = "") => Assert.False(Source.TakesWrites && Target.IsComplete, $"Both take writes, {at}.");

        public void AssertMoved(string at = "", params string[] callers)
        {
            Assert.True(Source.IsHeld, at);
            Assert.True(Target.IsComplete, at);
            Assert.True(Source.Users.Concat(callers).Order(StringComparer.Ordinal).SequenceEqual(Target.Users), $"{at}: {string.Join(",", Source.Users)} / {string.Join(",", Target.Users)}");
            Assert.True(Source.Derived.SequenceEqual(Target.Derived), $"{at}: {string.Join('\n', Source.Derived)} / {string.Join('\n', Target.Derived)}");
        }

        public async ValueTask DisposeAsync()
        {
            _ = _end.TrySetResult();
            await Source.DisposeAsync();
            await Target.DisposeAsync();
            foreach (var (command, run) in _killed)
            {
                _ = await run;
                command.Dispose();
            }

            if (_killed.All(killed => killed.Command != Command))
            {
                Command.Dispose();
            }
        }

        // What is open for writing counts for nothing in the next run.
        private static bool IsWhole(string path) => Path.GetFileName(path) != "lock" && Path.GetExtension(path) != ".partial";

        // After each reading somebody comes who is erased after the next.
        private Task GoOnAsync(HttpContext context)
        {
            if (context.Request.Path == "/api/v2/backup" && Source.TakesWrites)
            {
                Source.Erase($"guest {_reads}");
                _ = Source.Write($"guest {++_reads}");
                Source.Learn(_reads % 2 == 0 ? "AAAA" : "BBBB");
            }

            return Task.CompletedTask;
        }
    }
}
