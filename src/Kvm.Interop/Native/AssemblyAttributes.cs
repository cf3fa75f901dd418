using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

// Every structure that crosses to the kernel has the kernel's layout, so the runtime has nothing to convert.
[assembly: DisableRuntimeMarshalling]
[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
