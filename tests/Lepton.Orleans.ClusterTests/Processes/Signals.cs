using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>The Unix signals that faults are made of.</summary>
internal static class Signals
{
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Pause = 19;

    public static void Send(Process process, int signal)
    {
        if (kill(process.Id, signal) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"Signal {signal} did not reach process {process.Id}.");
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int pid, int signal);
}
