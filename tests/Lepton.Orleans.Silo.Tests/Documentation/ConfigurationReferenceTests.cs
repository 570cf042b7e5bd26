using System.Runtime.CompilerServices;
using Lepton.Orleans.Silo.Hosting;

namespace Lepton.Orleans.Silo.Tests.Documentation;

public sealed class ConfigurationReferenceTests
{
    [Fact]
    public async Task The_reference_of_settings_is_what_the_options_say()
    {
        var path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../../../docs/configuration.md"));
        var written = ConfigurationReference.Write();
        if (Environment.GetEnvironmentVariable("LEPTON_WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(path, written, TestContext.Current.CancellationToken);
        }

        Assert.True(
            (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).ReplaceLineEndings("\n") == written,
            "docs/configuration.md is not what the options say; write it anew with LEPTON_WRITE_DOCS=1 (its first lines say how).");
    }

    [Fact]
    public void Every_setting_that_the_host_knows_is_in_the_reference()
    {
        var written = ConfigurationReference.Write();

        Assert.All(KnownSettings.Names(), name => Assert.Contains($"`{name}`", written, StringComparison.Ordinal));
        var headings = written.Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal)).ToList();
        Assert.Equal(headings.Distinct(), headings);
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
