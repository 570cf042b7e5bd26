namespace Lepton.Orleans.Deploy.Tests.Scripts;

/// <summary>Build servers run tests as whoever they are, and some faults take root.</summary>
public sealed class RootTests
{
    [Fact]
    public async Task As_root_tests_end_as_they_end_and_what_they_leave_is_the_caller_s()
    {
        using var folder = new ScriptFolder("test.sh");
        folder.Put("id", "echo 1000");
        folder.Put("sudo", """
            echo "$*" >>calls
            case "$*" in *./test.sh) exit 3 ;; esac
            """);

        Assert.Equal((3, ""), await folder.RunAsync("--root"));

        var calls = folder.Read("calls").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, calls.Length);
        Assert.StartsWith($"--non-interactive --preserve-env --set-home env PATH={folder.Programs}:", calls[0], StringComparison.Ordinal);
        Assert.Equal("--non-interactive chown --recursive 1000:1000 .", calls[1]);
    }
}
