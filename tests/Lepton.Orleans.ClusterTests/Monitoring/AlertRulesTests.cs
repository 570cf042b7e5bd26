using System.Diagnostics;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Monitoring;

public sealed class AlertRulesTests
{
    [Theory]
    [InlineData("check", "lepton.rules.yml")]
    [InlineData("test", "lepton.rules.test.yml")]
    public async Task The_alert_rules_are_what_their_tests_say(string verb, string file)
    {
        var start = new ProcessStartInfo(Executable.FindOrSkip("promtool"), [verb, "rules", Deployed.File("prometheus", file)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var promtool = Process.Start(start)!;
        var output = promtool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = promtool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await promtool.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(promtool.ExitCode == 0, $"{await output}\n{await errors}");
    }
}
