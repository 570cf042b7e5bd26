using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Lepton.Orleans.Deploy.Tests.Files;

namespace Lepton.Orleans.Deploy.Tests.Scripts;

/// <summary>What a build server downloads is what was chosen, or it is not run.</summary>
public sealed partial class ToolsTests : IDisposable
{
    private const string Script = "deploy/scripts/tools.sh";

    // Delivers a file of its own, whatever is asked for, and takes note of that.
    private const string Curl = """
        while [ "$1" != --output ]; do shift; done
        cp delivered "$2"
        echo "$3" >>asked
        """;

    private readonly ScriptFolder _folder = new(Script);

    public ToolsTests() => _folder.Put("curl", Curl);

    public static TheoryData<string> Tools => [.. ToolName().Matches(Repository.Read(Script)).Select(match => match.Groups["name"].Value)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Tools))]
    public async Task What_is_not_what_was_chosen_is_not_installed(string tool)
    {
        _folder.Write("delivered", "something else");

        var (code, said) = await _folder.RunAsync(tool);

        Assert.Equal(1, code);
        Assert.Contains("is not what it was when", said, StringComparison.Ordinal);
        Assert.StartsWith("https://", _folder.Read("asked"), StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{_folder.Path}/artifacts/tools/bin"));
    }

    [Fact]
    public async Task What_is_is_found_in_one_folder_and_downloaded_once()
    {
        _folder.Write("delivered", "#!/bin/sh\necho it runs\n");
        var checksum = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes($"{_folder.Path}/delivered")));
        _folder.Write(Script, KubectlChecksum().Replace(_folder.Read(Script), $"${{before}}{checksum}"));

        Assert.Equal((0, ""), await _folder.RunAsync("kubectl"));
        Assert.Equal((0, ""), await _folder.RunAsync("kubectl"));

        Assert.Single(_folder.Read("asked").Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("it runs\n", await Command.RunAsync($"{_folder.Path}/artifacts/tools/bin/kubectl", [], TestContext.Current.CancellationToken));
    }

    [GeneratedRegex("""install_tool (?<name>\w+) \d""")]
    private static partial Regex ToolName();

    [GeneratedRegex("""(?<before>install_tool kubectl [\d.]+ )[0-9a-f]+""")]
    private static partial Regex KubectlChecksum();
}
