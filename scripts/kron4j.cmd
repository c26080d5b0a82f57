@echo off
rem Builds Kron4J when it is not built, then runs its command line, as scripts/kron4j does elsewhere; "kron4j classpath" prints the class path.
rem JAVA_HOME chooses the JDK; KRON4J_OPTS adds JVM options. After a change of the sources remove target\launcher to build again.
setlocal DisableDelayedExpansion

for %%i in ("%~dp0..") do set "root=%%~fi"
set "launcher=%root%\target\launcher"

set "java=java"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java.exe"
"%java%" -version >nul 2>&1
if errorlevel 1 (
    echo kron4j: no java: install a JDK 17 or newer and put it on the PATH, or set JAVA_HOME 1>&2
    exit /b 70
)
set "version=0"
for /f "tokens=2,3" %%a in ('call "%java%" -version 2^>^&1') do if "%%a"=="version" set "version=%%~b"
for /f "delims=.-+" %%m in ("%version%") do set "major=%%m"
if %major% LSS 17 (
    echo kron4j: needs Java 17 or newer, but this is %major%; set JAVA_HOME 1>&2
    exit /b 70
)

if not exist "%launcher%\lib" (
    echo kron4j: building, on first use ... 1>&2
    rem What an older version left would stay on the class path.
    del /q "%root%\src\cli\target\lib\*.jar" "%root%\src\cli\target\kron4j-*.jar" "%root%\src\core\target\kron4j-*.jar" >nul 2>&1
    pushd "%root%"
    call mvnw.cmd -B -q -Dmaven.test.skip=true -pl src/cli -am package 1>&2
    if errorlevel 1 (
        popd
        echo kron4j: the build failed; see above 1>&2
        exit /b 70
    )
    popd
    mkdir "%launcher%\lib"
    for %%j in ("%root%\src\cli\target\lib\*.jar" "%root%\src\cli\target\kron4j-cli-*.jar" "%root%\src\core\target\kron4j-*.jar") do copy /y "%%j" "%launcher%\lib" >nul
)

set "classpath=%launcher%\lib\*"
if "%~1"=="classpath" (
    echo %classpath%
    exit /b 0
)
set "flags=-XX:+UseSerialGC -XX:-UsePerfData -Xshare:auto -Xlog:disable"
if %major% GEQ 22 set "flags=%flags% --enable-native-access=ALL-UNNAMED"
if %major% GEQ 24 set "flags=%flags% --sun-misc-unsafe-memory-access=allow"

"%java%" %flags% %KRON4J_OPTS% -cp "%classpath%" kron4j.cli.Main %*
exit /b %ERRORLEVEL%
