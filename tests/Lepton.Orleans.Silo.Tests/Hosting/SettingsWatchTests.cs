using System.Diagnostics;
using System.Net;
using Lepton.Orleans.Silo.Tests.Api;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Tests.Hosting;

public sealed class SettingsWatchTests(SettingsWatchTests.MountedServer server) : IClassFixture<SettingsWatchTests.MountedServer>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keys_in_files_are_rotated_without_a_restart_and_the_log_says_what_needs_one()
    {
        using var lines = new LogLines();
        server.App.Services.GetRequiredService<ILoggerFactory>().AddProvider(lines);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("first-secret"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("second-secret"));

        // Both, and something that is read at the start only.
        server.Set("Lepton__ApiKeys__1__Key", "second-secret\n");
        server.Set("Lepton__Shutdown__Grace", "00:00:20");
        server.Set("Lepton__Ranking__Diversity", "0.5");
        await EventuallyAsync(async () => await StatusAsync("second-secret") == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("first-secret"));
        await LoggedAsync(lines, LogLevel.Information, "are in use:", "Lepton:ApiKeys:1:Key");
        await LoggedAsync(lines, LogLevel.Information, "are in use:", "Lepton:Ranking:Diversity");
        await LoggedAsync(lines, LogLevel.Warning, "need a restart", "Lepton:Shutdown:Grace");

        // What cannot be used changes nothing, and what comes after it does again.
        server.Set("Lepton__ApiKeys__2__Key", "has a space");
        server.Set("Lepton__Ranking__Diversity", "7");
        await LoggedAsync(lines, LogLevel.Error, "Lepton:ApiKeys cannot be used", "Lepton:ApiKeys:2:Key");
        await LoggedAsync(lines, LogLevel.Error, "Lepton:Ranking cannot be used", "Lepton:Ranking:Diversity is 7");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("second-secret"));
        server.Remove("Lepton__ApiKeys__2__Key");
        server.Remove("Lepton__ApiKeys__0");
        await EventuallyAsync(async () => await StatusAsync("first-secret") == HttpStatusCode.Unauthorized);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("second-secret"));

        // The last key cannot be taken away: everybody would be let in.
        server.Remove("Lepton__ApiKeys__1__Key");
        await LoggedAsync(lines, LogLevel.Warning, "need a restart", "Lepton:ApiKeys:1:Key");
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("none"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("second-secret"));
        Assert.DoesNotContain(lines.All, line => line.Text.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_that_is_not_there_stops_the_start()
    {
        var exception = Assert.Throws<OptionsValidationException>(() => LeptonServer.Create(Path.GetTempPath(), ["--Lepton:SettingsFolder", "/nowhere/at all"]));
        Assert.Contains("Lepton:SettingsFolder is '/nowhere/at all'", exception.Message, StringComparison.Ordinal);
    }

    private static Task LoggedAsync(LogLines lines, LogLevel level, params string[] parts) => EventuallyAsync(() =>
        Task.FromResult(lines.All.Any(line => line.Level == level && parts.All(part => line.Text.Contains(part, StringComparison.Ordinal)))));

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < Deadline, "The settings were not taken over in time.");
            await Task.Delay(50, Cancelled); // between two looks at the condition
        }
    }

    private async Task<HttpStatusCode> StatusAsync(string key) => (await server.Api.SendAsync("GET", "/api/users?n=1", null, $"X-API-Key: {key}")).Status;

    /// <summary>A server whose secrets are mounted as Kubernetes does: each file is a link through one that is turned to a new folder.</summary>
    public sealed class MountedServer : LeptonServer
    {
        private readonly string mounted = Directory.CreateTempSubdirectory("lepton-settings-").FullName;
        private readonly Dictionary<string, string> settings = new(StringComparer.Ordinal) { ["Lepton__ApiKeys__0"] = "first-secret" };
        private int turns;

        public MountedServer() => Turn();

        protected override IEnumerable<string> Settings =>
            ["--Lepton:SettingsFolder", mounted, "--Logging:LogLevel:Lepton.Orleans.Silo.Hosting", "Information"];

        public void Set(string name, string value)
        {
            settings[name] = value;
            Turn();
        }

        public void Remove(string name)
        {
            settings.Remove(name);
            Turn();
            File.Delete(Path.Combine(mounted, name));
        }

        private void Turn()
        {
            var folder = $"..{++turns}";
            Directory.CreateDirectory(Path.Combine(mounted, folder));
            foreach (var (name, value) in settings)
            {
                File.WriteAllText(Path.Combine(mounted, folder, name), value);
            }

            var (next, data) = (Path.Combine(mounted, "..next"), Path.Combine(mounted, "..data"));
            Directory.CreateSymbolicLink(next, folder);
            using var turn = Process.Start("mv", ["-T", next, data]);
            turn.WaitForExit();
            foreach (var name in settings.Keys.Where(name => !File.Exists(Path.Combine(mounted, name))))
            {
                File.CreateSymbolicLink(Path.Combine(mounted, name), Path.Combine("..data", name));
            }
        }
    }
}
